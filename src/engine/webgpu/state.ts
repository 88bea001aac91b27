// A network's weights and moments on the device, with the tables that say where they lie.
import {
  fromDevice,
  layerTable,
  tableNumbers,
  toDevice,
  turnedForDevice,
  type NetworkLayout,
} from './layout.js';
import type { Memory } from './memory.js';
import { levelsTable } from './wgsl/grid.js';

const names = ['weights', 'm', 'v'] as const;

/** Weights and moments, and the average of the weights where there is one, in the model's own order. */
export type StateName = (typeof names)[number] | 'average';

/** Where the part of them that is a grid's table lies. */
export const tableOf = (name: StateName): string => (name === 'weights' ? 'grid' : `grid ${name}`);

/** Makes the buffers; their numbers come with `writeState`. */
export async function reserveState(memory: Memory, network: NetworkLayout): Promise<void> {
  for (const name of [...names, 'turned']) await memory.reserve(name, network.total * 4);
  const table = layerTable(network);
  await memory.reserve('table', table.byteLength);
  memory.write('table', table);
  const { grid } = network;
  if (grid === undefined) return;
  const levels = levelsTable(grid);
  await memory.reserve('levels', levels.byteLength);
  memory.write('levels', levels);
  const bytes = tableNumbers(grid) * 4;
  for (const name of names) await memory.reserve(tableOf(name), bytes);
  // Two words a number, 0 as all new memory is.
  await memory.reserve('grid sums', 2 * bytes);
}

/** Weights and moments, and the average where there is one. */
export type NetworkState = Readonly<
  Record<(typeof names)[number], Float32Array> & { average?: Float32Array | undefined }
>;

/** Takes weights and moments over. */
export function writeState(memory: Memory, network: NetworkLayout, state: NetworkState): void {
  const { grid } = network;
  for (const name of [...names, 'average'] as const) {
    const numbers = state[name];
    if (numbers === undefined) continue;
    memory.write(name, toDevice(network, numbers));
    if (grid !== undefined) memory.write(tableOf(name), numbers.subarray(0, tableNumbers(grid)));
  }
  memory.write('turned', turnedForDevice(network, state.weights));
}

/** Copies of weights and moments. */
export async function readState(
  memory: Memory,
  network: NetworkLayout,
  wanted: readonly StateName[],
): Promise<Float32Array[]> {
  const { total, grid } = network;
  const numbers = await memory.read(wanted, total);
  const tables = grid === undefined ? [] : await memory.read(wanted.map(tableOf), tableNumbers(grid));
  return numbers.map((values, i) => fromDevice(network, values, tables[i]));
}
