const FIRST = 150;
const SOON = 600;
const LATER = 15_000;
const PATIENT_AFTER = 240;

/**
 * Milliseconds to wait before attempt `attempt` (from 0) to connect again: soon at first, so that a restarted server
 * has its readers back within two seconds; more and more slowly once it has been away for minutes. `random` spreads
 * readers that lost the same server.
 */
export function retryDelay(attempt: number, random: () => number = Math.random): number {
  const most = attempt < PATIENT_AFTER ? SOON : LATER;
  const step = Math.min(FIRST * 2 ** Math.min(attempt, 10), most);
  return step * (0.6 + 0.4 * random());
}
