// What is fitted while kills are tried, a line for each modality: so little that a run takes a second or two.

/** A small job. */
export interface Job {
  /** A fixture. */
  readonly input: string;
  readonly options: readonly string[];
}

const small = ['--width', '8', '--depth', '1', '--device', 'cpu', '--workers', '1'];
const grid = ['--levels', '2', '--log2-table-size', '8'];

/** The jobs by modality. */
export const jobs: Readonly<Record<string, Job>> = {
  image: { input: 'fixtures/photo.png', options: [...small, '--crop', '8'] },
  mesh: {
    input: 'fixtures/mesh/box.ply',
    options: [...small, ...grid, '--samples', '512', '--resolution', '8'],
  },
  scene: {
    input: 'fixtures/nerf/scene',
    options: [...small, ...grid, '--shrink', '16', '--points', '256', '--samples-per-ray', '4'],
  },
};
