import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.File;
import java.util.Iterator;
import java.util.Map;

/** Reads custom resources with Strimzi's own classes and writes them again: what does not come back is not understood, and ends it with an error. */
public class StrimziCheck {
    private static final Map<String, Class<?>> KINDS = Map.of(
        "Kafka", Kafka.class, "KafkaNodePool", KafkaNodePool.class, "KafkaTopic", KafkaTopic.class, "KafkaUser", KafkaUser.class);

    public static void main(String[] files) throws Exception {
        ObjectMapper plain = new ObjectMapper(new YAMLFactory());
        ObjectMapper known = new ObjectMapper();
        // the classes keep aside what they do not know; here it is not written again
        known.setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
            @Override public Boolean hasAnyGetter(Annotated ignored) { return false; }
        });
        int read = 0;
        for (String file : files) {
            MappingIterator<JsonNode> documents = plain.readerFor(JsonNode.class).readValues(new File(file));
            while (documents.hasNext()) {
                JsonNode one = documents.next();
                Object understood = known.treeToValue(one, KINDS.get(one.get("kind").asText()));
                compare(one, known.valueToTree(understood), one.get("metadata").get("name").asText());
                read++;
            }
        }
        System.out.println(read + " resources");
    }

    private static void compare(JsonNode written, JsonNode understood, String place) {
        if (understood == null || (written.isValueNode() && !written.asText().equals(understood.asText()))) {
            throw new IllegalArgumentException(place + " is not understood: " + written);
        }
        for (Iterator<Map.Entry<String, JsonNode>> fields = written.fields(); fields.hasNext();) {
            Map.Entry<String, JsonNode> field = fields.next();
            compare(field.getValue(), understood.get(field.getKey()), place + "." + field.getKey());
        }
        for (int index = 0; written.isArray() && index < written.size(); index++) {
            compare(written.get(index), understood.get(index), place + "[" + index + "]");
        }
    }
}
