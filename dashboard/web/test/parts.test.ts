import { expect, test } from "vitest";
import { listenLink } from "../src/parts.tsx";
import { callState } from "./samples.ts";

test("only a secure page is a way to listen in, whatever a start message names", () => {
  const link = (listen_url: string) => listenLink({ ...callState("a").call, listen_url });
  expect(link("https://telephony.example/listen/7")).toBe("https://telephony.example/listen/7");
  for (const other of ["", "javascript:alert(1)", "data:text/html,x", "http://telephony.example/", "/relative", "JaVaScRiPt:alert(1)"]) {
    expect(link(other)).toBe("");
  }
});
