/** Asks the server how an import goes until it is done, and says it in words. */

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 2000;
const MOST_FAILURES = 5;
const STAGES = { reading: "Reading the log", storing: "Storing the flight", analysing: "Checking the flight" };

/**
 * @typedef {{state: "received" | "importing" | "imported" | "failed", stage?: string, progress?: number,
 *            message?: string, flight_url?: string | null, log_url?: string}} ImportStatus
 */

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** @param {ImportStatus} status @returns {string} */
export function inWords(status) {
  if (status.message) return status.message;
  if (status.state === "received") return "Waiting for its turn";
  if (status.state === "importing") return STAGES[status.stage] ?? "Importing";
  return status.state === "imported" ? "Imported" : "The log could not be imported.";
}

/** @param {string} address @returns {Promise<ImportStatus>} */
async function ask(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  return answer.json();
}

/**
 * @param {string} address @param {(status: ImportStatus) => void} show called with each answer
 * @returns {Promise<ImportStatus>} the last one
 * @throws {Error} when the server stays silent; the import may go on all the same
 */
export async function followImport(address, show) {
  let failures = 0;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.4, LONGEST_WAIT_MS)) {
    try {
      const status = await ask(address);
      failures = 0;
      show(status);
      if (status.state === "imported" || status.state === "failed") return status;
    } catch (error) {
      failures += 1;
      if (failures >= MOST_FAILURES) throw error;
    }
    await pause(wait);
  }
}
