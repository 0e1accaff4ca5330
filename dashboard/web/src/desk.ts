/** Who sits here, and what was asked from here. */

import type { ActionRequest } from "./actions.ts";
import type { Ask, Asks } from "./asks.ts";

export interface Desk {
  name: string;
  setName: (name: string) => void;
  asks: Asks;
  act: (request: ActionRequest) => void;
  /** The same request once more. */
  again: (ask: Ask) => void;
  dismiss: (ask: Ask) => void;
}
