"""What moves: Kafka, Faust, processes, commands. The only room that knows them."""
