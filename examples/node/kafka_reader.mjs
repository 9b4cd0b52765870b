// Read canbao's alerts from Kafka with Node: keep the newest revision of each, verify what holds, take back what was withdrawn.
//
//     npm install && node kafka_reader.mjs BOOTSTRAP GROUP alert.avsc
//
// An alert is a lead to verify, never an order to stop a payment. kafkajs reads committed records only (readUncommitted: false), which is a
// condition of the contract. `newest` is a Map here; a real consumer keeps it in its database. Give the alert.avsc of the release that writes.
import { readFileSync } from 'node:fs';
import avro from 'avsc';
import kafkajs from 'kafkajs';
import lz4 from 'lz4js';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
CompressionCodecs[CompressionTypes.LZ4] = () => ({ decompress: async (bytes) => Buffer.from(lz4.decompress(bytes)) }); // canbao's, not in kafkajs

const [bootstrap, group, schemaFile] = process.argv.slice(2);
const type = avro.Type.forSchema(JSON.parse(readFileSync(schemaFile, 'utf8')));
const SINGLE_OBJECT_HEAD = 10; // C3 01 and a fingerprint
const REGISTRY_HEAD = 5; // with a Schema Registry: 0 and a schema id
const newest = new Map();

function decode(value) {
  return type.fromBuffer(value.subarray(value[0] === 0 ? REGISTRY_HEAD : SINGLE_OBJECT_HEAD));
}

// 'repeat': nothing to do; 'open' and 'update': it holds, verify it (a SIGNAL is not for action yet); 'withdraw': undo what you did.
function take(id, alert) {
  const known = newest.get(id) ?? { revision: 0, handling: 0, holds: false };
  const newer = alert.revision - known.revision || alert.handling_version - known.handling;
  if (newer <= 0) return 'repeat';
  const holds = alert.premise === 'HOLDS'; // else RETRACTED: it was never true; HEALED, SUPERSEDED: it is settled
  newest.set(id, { revision: alert.revision, handling: alert.handling_version, holds });
  return holds ? (known.holds ? 'update' : 'open') : 'withdraw';
}

const kafka = new Kafka({ brokers: bootstrap.split(','), clientId: group, logLevel: logLevel.ERROR });
const consumer = kafka.consumer({ groupId: group, readUncommitted: false });
consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || process.exit(1)); // else it would end as if all were well
await consumer.connect();
await consumer.subscribe({ topic: 'canbao.alerts', fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ topic, partition, message }) => {
    if (message.value === null) return; // a tombstone
    const alert = decode(message.value);
    const id = Buffer.from(alert.alert_id).toString('hex');
    console.log(take(id, alert), alert.level, id, alert.revision, alert.rule, alert.title);
    // after the work: a crash in between repeats the message, and the repeat is recognised
    await consumer.commitOffsets([{ topic, partition, offset: (BigInt(message.offset) + 1n).toString() }]);
  },
});
