"""Real servers on this machine, without containers: Apache Kafka and a Redis-protocol server, for the demo and the tests."""
