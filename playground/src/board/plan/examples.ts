import hotfix from "../../../examples/hotfix-4.2.1.yaml?raw";
import mobile from "../../../examples/mobile-4.2.0.yaml?raw";

/** The plans that ship with Phaseboard. */
export const EXAMPLES = [
  { name: "Hotfix, simulated", text: hotfix },
  { name: "Mobile release, with a CI", text: mobile },
] as const;
