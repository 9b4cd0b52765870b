"""Real servers that only the tests need: PostgreSQL and Kafka Connect with Debezium (Kafka and Valkey are in demo/servers)."""
