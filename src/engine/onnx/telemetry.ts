// ONNX Runtime 1.29 and later tell their maker what is trained, over the network, and leave an identifier and a database in the user's cache
// folder and files among the temporary ones, unless a variable says no before the library is loaded. Whoever trains here has not been
// asked: nothing is told.

/**
 * Says no, unless the variable says something already. Before a thread or process is started in which ONNX Runtime is loaded. In a
 * thread of the caller's own it can do nothing: variables are copies there, and the library reads the process's.
 */
export function disableTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}
