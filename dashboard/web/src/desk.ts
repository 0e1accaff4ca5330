/** Who sits here, and what was asked from here. */

import type { ActionRequest } from "./actions.ts";
import type { Ask, Asks } from "./asks.ts";
import type { Session } from "./session.ts";

export interface Desk {
  session: Session;
  /** Of who is signed in. */
  name: string;
  asks: Asks;
  act: (request: ActionRequest) => void;
  /** The same request once more. */
  again: (ask: Ask) => void;
  /** A call was opened: told to the audit. */
  look: (call_id: string) => void;
  dismiss: (ask: Ask) => void;
}
