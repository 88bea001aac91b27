// What runs in the reader's browser: it draws the curves and moves the pictures. These functions are put into the
// page as text (`toString`), so each stands alone: it sees its parameters and nothing else of this package.
import type uPlot from 'uplot';

/** One line of a chart. */
export interface Curve {
  readonly label: string;
  /** The CSS variable that holds its colour, e.g. `--s0`. */
  readonly colour: string;
  /** Lengths of dashes and gaps in CSS pixels; empty: solid. */
  readonly dash: readonly number[];
  readonly step: readonly number[];
  readonly seconds: readonly number[];
  /** Samples trained on, as a share of the baseline's. */
  readonly work?: readonly number[];
  /** Its points are drawn, with this beside them. */
  readonly mark?: string;
  /** null where there is no number to draw. */
  readonly y: readonly (number | null)[];
}

/** One chart. */
export interface ChartSpec {
  /** The id of the element that it is drawn into. */
  readonly id: string;
  /** What runs along the bottom; `chosen`: what the reader picks. */
  readonly axis: 'step' | 'seconds' | 'work' | 'chosen';
  /** `share` runs from 0 to 1 and is shown as per cent. */
  readonly scale: 'linear' | 'log' | 'share';
  readonly decimals: number;
  readonly unit: string;
  readonly curves: readonly Curve[];
  /** A level to compare with, drawn right across. */
  readonly level?: { readonly label: string; readonly value: number };
}

// The package compiles without the DOM's types, so that core, which must run anywhere, cannot lean on them unnoticed.
// These are the few members that the functions below touch.
interface PageEvent {
  readonly clientX: number;
  readonly clientY: number;
  readonly buttons: number;
  readonly pointerType: string;
  readonly key: string;
  preventDefault(): void;
}
interface PageElement {
  textContent: string | null;
  value: string;
  open: boolean;
  tabIndex: number;
  readonly checked: boolean;
  readonly clientWidth: number;
  readonly dataset: Record<string, string | undefined>;
  readonly style: { setProperty(name: string, value: string): void };
  readonly classList: { toggle(name: string, on: boolean): void };
  append(child: unknown): void;
  getBoundingClientRect(): { left: number; top: number; width: number; height: number };
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  addEventListener(type: string, listener: (event: PageEvent) => void): void;
}
interface Pen {
  font: string;
  fillStyle: string;
  fillText(text: string, x: number, y: number): void;
}
/** The page's `document`. */
export interface Page extends PageElement {
  readonly documentElement: PageElement;
}
/** The page's `window`. */
export interface View {
  readonly ResizeObserver: new (callback: () => void) => { observe(element: PageElement): void };
  addEventListener(type: string, listener: () => void): void;
  getComputedStyle(element: PageElement): { getPropertyValue(name: string): string };
  matchMedia(query: string): { addEventListener(type: string, listener: () => void): void };
}

/** Draws every chart described in the page's `#charts`, and draws it anew when size, colours or the chosen axis change. */
export function drawCharts(page: Page, view: View, Chart: typeof uPlot): void {
  const specs = JSON.parse(page.querySelector('#charts')?.textContent ?? '[]') as ChartSpec[];
  const colour = (name: string): string =>
    view.getComputedStyle(page.documentElement).getPropertyValue(name).trim();
  const chosenAxis = (): string => page.querySelector('input[name=axis]:checked')?.value ?? 'step';
  const printWidth = 330;
  let printing = false;
  // The numbers are there as tables too: open for readers without scripts, folded for the others.
  for (const table of page.querySelectorAll('details.numbers')) table.open = false;

  const charts = specs.map((spec) => {
    const holder = page.querySelector(`#${spec.id}`);
    let chart: uPlot | undefined;

    const draw = (): void => {
      if (holder === null) return;
      const axis = spec.axis === 'chosen' ? chosenAxis() : spec.axis;
      const bySeconds = axis === 'seconds';
      const show = (value: number): string =>
        spec.scale === 'log'
          ? value.toExponential(spec.decimals)
          : spec.scale === 'share'
            ? `${(value * 100).toFixed(spec.decimals)} %`
            : value.toFixed(spec.decimals) + (spec.unit === '' ? '' : ` ${spec.unit}`);
      const byWork = axis === 'work';
      const showX = (value: number): string => {
        if (byWork) return value.toFixed(3);
        return bySeconds ? `${value.toFixed(1)} s` : value.toFixed(0);
      };
      const along = (curve: Curve): readonly number[] => {
        if (byWork) return curve.work ?? [];
        return bySeconds ? curve.seconds : curve.step;
      };
      const xs = spec.curves.flatMap(along);
      const marked = spec.curves.some(({ mark }) => mark !== undefined);
      const tables = spec.curves.map((curve): uPlot.AlignedData => {
        const y = curve.y.map((value) =>
          spec.scale === 'log' && value !== null && value <= 0 ? null : value,
        );
        return [[...along(curve)], y];
      });
      const lines = spec.curves.map(({ label, colour: name, dash }) => ({
        label,
        stroke: colour(name),
        dash,
        width: 2,
      }));
      if (spec.level !== undefined && xs.length > 0) {
        const { label, value } = spec.level;
        tables.push([
          [Math.min(...xs), Math.max(...xs)],
          [value, value],
        ]);
        lines.push({ label, stroke: colour('--muted'), dash: [2, 4], width: 1 });
      }
      const data = Chart.join(tables);

      /** Without a pointer over the chart the legend tells where each curve ended. */
      const last = (series: number): number | null => {
        const values = data[series] ?? [];
        for (let i = values.length - 1; i >= 0; i--)
          if (typeof values[i] === 'number') return values[i] ?? null;
        return null;
      };
      const legendValue = (
        series: number,
        value: number | null,
        format: (value: number) => string,
      ): string => {
        const shown = value ?? last(series);
        return shown === null ? '–' : format(shown);
      };
      /** Curves have points at different seconds: each answers with its own point nearest to the pointer. */
      const nearest = (_: uPlot, series: number, index: number): number => {
        const values = data[series] ?? [];
        for (let distance = 0; distance < values.length; distance++) {
          if (typeof values[index - distance] === 'number') return index - distance;
          if (typeof values[index + distance] === 'number') return index + distance;
        }
        return index;
      };

      const ink = colour('--muted');
      const grid = { stroke: colour('--line'), width: 1 };
      const font = '12px system-ui, sans-serif';
      const look = { stroke: ink, grid, ticks: grid, font };
      const width = printing ? Math.min(printWidth, holder.clientWidth) : holder.clientWidth;
      const options: uPlot.Options = {
        width,
        height: width < 420 ? 220 : 270,
        // Right: half of the last label, which may be as long as "100,000", stands beyond the axis.
        padding: [10, 28, 0, 0],
        scales: {
          // Marks at the ends are drawn whole.
          x: marked
            ? {
                time: false,
                range: (_, min, max) => [min - (max - min || 1) / 15, max + (max - min || 1) / 15],
              }
            : { time: false },
          y: spec.scale === 'log' ? { distr: 3 } : spec.scale === 'share' ? { range: [0, 1] } : {},
        },
        axes: [
          {
            ...look,
            labelFont: font,
            size: 32,
            label: byWork
              ? 'samples trained on, of the baseline’s'
              : bySeconds
                ? 'training seconds'
                : 'steps',
            labelSize: 20,
          },
          {
            ...look,
            size: 58,
            values: (_, splits) =>
              splits.map((value: number | null) => {
                if (value === null) return '';
                if (spec.scale === 'log') return value.toExponential(0);
                return spec.scale === 'share'
                  ? `${Math.round(value * 100)} %`
                  : String(Number(value.toPrecision(6)));
              }),
          },
        ],
        legend: {
          live: !printing,
          // The first series is the axis along the bottom, which has no line.
          markers: {
            dash: (_: uPlot, series: number) =>
              (lines[series - 1]?.dash.length ?? 0) > 0 ? 'dashed' : 'solid',
          },
        },
        cursor: {
          dataIdx: nearest,
          points: { size: 7 },
          ...(spec.axis === 'chosen' ? { sync: { key: 'run' } } : {}),
        },
        hooks: {
          draw: [
            (self: uPlot) => {
              const ratio = Chart.pxRatio;
              const { ctx: pen } = self as unknown as { readonly ctx: Pen };
              pen.font = `${12 * ratio}px system-ui, sans-serif`;
              pen.fillStyle = colour('--ink');
              for (const curve of spec.curves) {
                const [x, y] = [along(curve)[0], curve.y[0]];
                if (curve.mark === undefined || x === undefined || typeof y !== 'number') continue;
                const [left, top] = [self.valToPos(x, 'x', true), self.valToPos(y, 'y', true)];
                pen.fillText(curve.mark, left + 6 * ratio, top - 8 * ratio);
              }
            },
          ],
        },
        series: [
          {
            label: bySeconds || byWork ? 'after' : 'step',
            value: (_, value) => legendValue(0, value, showX),
          },
          ...lines.map(({ label, stroke, dash, width: lineWidth }, i) => ({
            label,
            stroke,
            dash: [...dash],
            width: lineWidth,
            spanGaps: true,
            points: {
              show: spec.curves[i]?.mark !== undefined || (data[0]?.length ?? 0) === 1,
              ...(marked ? { size: 9, fill: stroke } : {}),
            },
            value: (_: uPlot, value: number | null) => legendValue(i + 1, value, show),
          })),
        ],
      };
      chart?.destroy();
      chart = new Chart(options, data, (self: uPlot, ready: () => void) => {
        holder.append(self.root);
        ready();
      });
    };

    const fit = (): void => {
      if (chart !== undefined && holder !== null && !printing && chart.width !== holder.clientWidth) draw();
    };
    draw();
    if (holder !== null) new view.ResizeObserver(fit).observe(holder);
    return draw;
  });

  const redraw = (): void => charts.forEach((draw) => draw());
  for (const choice of page.querySelectorAll('input[name=axis]')) choice.addEventListener('change', redraw);
  view.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  // Paper is white whatever the screen is: canvases must be drawn for it before the browser prints them.
  const print = (on: boolean): void => {
    printing = on;
    page.documentElement.dataset['theme'] = on ? 'print' : '';
    redraw();
  };
  view.addEventListener('beforeprint', () => print(true));
  view.addEventListener('afterprint', () => print(false));
}

/** Lets the before/after sliders slide and the groups of pictures zoom together. */
export function connectPictures(page: Page): void {
  for (const slider of page.querySelectorAll('.slider')) {
    const range = slider.querySelector('input');
    const slide = (): void => slider.style.setProperty('--at', `${range?.value ?? '50'}%`);
    range?.addEventListener('input', slide);
    // A reloaded page keeps the range where it was.
    slide();
  }

  for (const group of page.querySelectorAll('.zoom')) {
    const frames = [...group.querySelectorAll('.frame')];
    let x = 50;
    let y = 50;
    const look = (toX: number, toY: number): void => {
      x = Math.min(100, Math.max(0, toX));
      y = Math.min(100, Math.max(0, toY));
      group.style.setProperty('--x', `${x}%`);
      group.style.setProperty('--y', `${y}%`);
    };
    const zoom = (scale: string): void => {
      group.style.setProperty('--zoom', scale);
      group.classList.toggle('zoomed', scale !== '1');
      for (const frame of frames) frame.tabIndex = scale === '1' ? -1 : 0;
    };
    for (const choice of group.querySelectorAll('.choice input')) {
      if (choice.checked) zoom(choice.value);
      choice.addEventListener('change', () => zoom(choice.value));
    }
    for (const frame of frames) {
      const point = (event: PageEvent): void => {
        if (event.pointerType !== 'mouse' && event.buttons === 0) return;
        const { left, top, width, height } = frame.getBoundingClientRect();
        look(((event.clientX - left) / width) * 100, ((event.clientY - top) / height) * 100);
      };
      frame.addEventListener('pointermove', point);
      frame.addEventListener('pointerdown', point);
      frame.addEventListener('keydown', (event) => {
        const [dx, dy] = { ArrowLeft: [-5, 0], ArrowRight: [5, 0], ArrowUp: [0, -5], ArrowDown: [0, 5] }[
          event.key
        ] ?? [0, 0];
        if (dx === 0 && dy === 0) return;
        event.preventDefault();
        look(x + (dx ?? 0), y + (dy ?? 0));
      });
    }
  }
}
