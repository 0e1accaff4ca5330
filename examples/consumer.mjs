// npm install kafkajs && node consumer.mjs
import { Kafka, logLevel } from "kafkajs";

const brokers = (process.env.TONEWATCH_KAFKA ?? "127.0.0.1:9092").split(",");
const consumer = new Kafka({ clientId: "my-service", brokers, logLevel: logLevel.ERROR }).consumer({ groupId: "my-service-js" });

await consumer.connect();
await consumer.subscribe({ topic: "tonewatch.alerts.v1", fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    const alert = JSON.parse(message.value.toString());
    console.log(alert.call_id, alert.event, alert.severity, `${(alert.onset_ms / 1000).toFixed(1)} s`, alert.sentence);
  },
});
