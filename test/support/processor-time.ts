/**
 * Milliseconds of processor time that this process has taken, its threads' included. Unlike a clock's they do not grow
 * while a busy machine lets the process wait, so that they tell what is slow by itself.
 */
export function processorMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
