// npm install && npm start
import { Kafka, logLevel } from "kafkajs";

/** What this service needs of an alert; all fields stand in stream/messages/README.md. */
interface Alert {
  call_id: string;
  event: string;
  decided_by: string;
  severity: "act" | "watch";
  onset_ms: number;
  sentence: string;
}

const brokers = (process.env.TONEWATCH_KAFKA ?? "127.0.0.1:9092").split(",");
const consumer = new Kafka({ clientId: "my-service", brokers, logLevel: logLevel.ERROR }).consumer({ groupId: "my-service-ts" });

await consumer.connect();
await consumer.subscribe({ topic: "tonewatch.alerts.v1", fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => {
    const alert: Alert = JSON.parse(String(message.value));
    if (alert.event === "pending" || (alert.event === "withdrawn" && alert.decided_by === "detector")) return; // it has not fired, or never did
    const seconds = Math.floor(alert.onset_ms / 1000);
    const at = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`; // as the sentence says it
    console.log(alert.call_id, alert.event, alert.severity, at, alert.sentence);
  },
});
