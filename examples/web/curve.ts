// The curve of quality over seconds of training.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** Most points that are drawn: of more, every second one stays. */
const mostPoints = 400;
const height = 220;

/** A curve that grows. */
export class Curve {
  readonly #plot: uPlot;
  readonly #place: HTMLElement;
  #label = '';
  #points: [seconds: number[], values: number[]] = [[], []];

  constructor(place: HTMLElement) {
    this.#place = place;
    // On a dark page as on a light one.
    const ink = (): string => getComputedStyle(place).color;
    const grid = { stroke: '#8884', width: 1 };
    this.#plot = new uPlot(
      {
        ...{ width: 600, height, legend: { show: false }, cursor: { show: false } },
        scales: { x: { time: false } },
        axes: ['seconds of training', () => this.#label].map((label) => ({
          label,
          stroke: ink,
          grid,
          ticks: grid,
        })),
        series: [{}, { stroke: '#c60', width: 2, points: { show: false } }],
      },
      // Drawn once before anything is trained: the first time takes longest.
      [
        [0, 1],
        [0, 1],
      ],
      place,
    );
    addEventListener('resize', () => this.#fit());
    this.#fit();
    setTimeout(() => this.clear(''));
  }

  /** @param label what the values are */
  clear(label: string): void {
    this.#label = label;
    this.#points = [[], []];
    this.#plot.setData(this.#points);
  }

  add(seconds: number, value: number): void {
    const [times, values] = this.#points;
    times.push(seconds);
    values.push(value);
    if (times.length > mostPoints) {
      // The newest stays.
      const kept = (_: number, i: number): boolean => (times.length - i) % 2 === 1;
      this.#points = [times.filter(kept), values.filter(kept)];
    }
    this.#plot.setData(this.#points);
  }

  #fit(): void {
    this.#plot.setSize({ width: this.#place.clientWidth, height });
  }
}
