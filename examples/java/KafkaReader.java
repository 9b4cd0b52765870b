// Read canbao's alerts from Kafka with Java 17: keep the newest revision of each, verify what holds, take back what was withdrawn.
//
//     mvn dependency:copy-dependencies -DoutputDirectory=jars
//     java -cp "jars/*" KafkaReader.java BOOTSTRAP GROUP alert.avsc
//
// An alert is a lead to verify, never an order to stop a payment. isolation.level=read_committed is a condition of the contract.
// NEWEST is a map here; a real consumer keeps it in its database. Give the alert.avsc of the release that writes.
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

class KafkaReader {
    static final int SINGLE_OBJECT_HEAD = 10, REGISTRY_HEAD = 5; // C3 01 and a fingerprint; with a Schema Registry 0 and a schema id
    static final Map<String, long[]> NEWEST = new HashMap<>(); // alert id -> revision, handling version, 1 = it holds

    public static void main(String[] args) throws IOException {
        var reader = new GenericDatumReader<GenericRecord>(new Schema.Parser().parse(Path.of(args[2]).toFile()));
        var settings = Map.<String, Object>of("bootstrap.servers", args[0], "group.id", args[1], "isolation.level", "read_committed",
            "auto.offset.reset", "earliest", "enable.auto.commit", false);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("canbao.alerts"));
            while (true) {
                for (var message : consumer.poll(Duration.ofMillis(500))) {
                    byte[] value = message.value();
                    if (value == null) continue; // a tombstone
                    int head = value[0] == 0 ? REGISTRY_HEAD : SINGLE_OBJECT_HEAD;
                    var alert = reader.read(null, DecoderFactory.get().binaryDecoder(value, head, value.length - head, null));
                    var id = HexFormat.of().formatHex(((ByteBuffer) alert.get("alert_id")).array());
                    System.out.println(String.join(" ", take(id, alert), alert.get("level").toString(), id, alert.get("revision").toString(),
                        alert.get("rule").toString(), alert.get("title").toString()));
                }
                consumer.commitSync(); // after the work: a crash in between repeats messages, and the repeats are recognised
            }
        }
    }

    // "repeat": nothing to do; "open", "update": it holds, verify it (a SIGNAL is not for action yet); "withdraw": undo what you did.
    static String take(String id, GenericRecord alert) {
        long revision = (int) alert.get("revision"), handling = (int) alert.get("handling_version");
        var known = NEWEST.getOrDefault(id, new long[3]);
        if (revision < known[0] || (revision == known[0] && handling <= known[1])) return "repeat";
        boolean holds = alert.get("premise").toString().equals("HOLDS"); // else RETRACTED: it was never true; HEALED, SUPERSEDED: settled
        NEWEST.put(id, new long[] {revision, handling, holds ? 1 : 0});
        return holds ? (known[2] == 1 ? "update" : "open") : "withdraw";
    }
}
