import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** The workload of workload.py on Kafka Streams: exactly_once_v2, one thread, RocksDB store with cache and changelog, defaults otherwise. */
public final class KafkaStreams {
    static final String STORE = "states";

    /** One event; the fields are those of the JSON. */
    public static final class Event {
        public String event_id, person_id, kind, scheme, period, division, source;
        public double amount;
        public long seq, ts;
    }

    /** What is kept of a key. */
    static final class State {
        long n, last;
        double total;
        List<String> periods = new ArrayList<>(1), open = new ArrayList<>(1);
        Map<String, Long> pos = new HashMap<>(2);
    }

    static byte[] write(String topic, State state) {
        if (state == null) return null;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(96);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(state.n);
            out.writeLong(state.last);
            out.writeDouble(state.total);
            writeAll(out, state.periods);
            writeAll(out, state.open);
            out.writeShort(state.pos.size());
            for (Map.Entry<String, Long> entry : state.pos.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeLong(entry.getValue());
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return bytes.toByteArray();
    }

    static void writeAll(DataOutputStream out, List<String> texts) throws IOException {
        out.writeShort(texts.size());
        for (String text : texts) out.writeUTF(text);
    }

    static State read(String topic, byte[] bytes) {
        if (bytes == null) return null;
        State state = new State();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            state.n = in.readLong();
            state.last = in.readLong();
            state.total = in.readDouble();
            readAll(in, state.periods);
            readAll(in, state.open);
            for (int left = in.readShort(); left > 0; left--) state.pos.put(in.readUTF(), in.readLong());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        return state;
    }

    static void readAll(DataInputStream in, List<String> texts) throws IOException {
        for (int left = in.readShort(); left > 0; left--) texts.add(in.readUTF());
    }

    /** The step: read the state, take the event in, alert on every second one. */
    static final class Persons implements Processor<byte[], byte[], byte[], byte[]> {
        static final ObjectReader READER = new ObjectMapper().readerFor(Event.class);
        private ProcessorContext<byte[], byte[]> context;
        private KeyValueStore<byte[], State> store;

        @Override
        public void init(ProcessorContext<byte[], byte[]> given) {
            context = given;
            store = given.getStateStore(STORE);
        }

        @Override
        public void process(Record<byte[], byte[]> record) {
            Event event;
            try {
                event = READER.readValue(record.value());
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
            State state = store.get(record.key());
            if (state == null) state = new State();
            state.n += 1;
            state.last = event.seq;
            state.total += event.amount;
            state.pos.put(event.source, event.seq);
            if (!state.periods.contains(event.period)) state.periods.add(event.period);
            if (state.n % 2 == 0) {
                state.open = List.of(event.period);
                String alert = event.person_id + ":" + state.n + ":" + event.seq;
                context.forward(record.withValue(alert.getBytes(StandardCharsets.UTF_8)));
            }
            store.put(record.key(), state);
        }
    }

    static Topology topology(String source, String alerts) {
        Serde<State> serde = Serdes.serdeFrom(KafkaStreams::write, KafkaStreams::read);
        Topology topology = new Topology();
        topology.addSource("source", new ByteArrayDeserializer(), new ByteArrayDeserializer(), source);
        topology.addProcessor("persons", Persons::new, "source");
        topology.addStateStore(
            Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(STORE), Serdes.ByteArray(), serde).withCachingEnabled(), "persons");
        topology.addSink("alerts", alerts, new ByteArraySerializer(), new ByteArraySerializer(), "persons");
        return topology;
    }

    static Properties settings(Map<String, String> job) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, job.get("BENCH_BOOTSTRAP"));
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, job.get("BENCH_GROUP"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, job.get("BENCH_FOLDER"));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.topicPrefix("min.insync.replicas"), "1");
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        return settings;
    }

    public static void main(String[] arguments) {
        Map<String, String> job = System.getenv();
        var streams = new org.apache.kafka.streams.KafkaStreams(topology(job.get("BENCH_SOURCE"), job.get("BENCH_ALERTS")), settings(job));
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(20))));
        streams.start();
    }
}
