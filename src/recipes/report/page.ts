// The shell both reports share: one HTML file that needs nothing else. Style, scripts, the chart library and
// pictures are inside it, and its content security policy forbids the browser to fetch anything.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connectPictures, drawCharts, type ChartSpec } from './client.js';
import { html, raw, scriptJson, type Html } from './html.js';
import { style, styleWithoutScripts } from './style.js';

/** What makes a page. */
export interface PageContent {
  /** The window's title. */
  readonly title: string;
  /** What kind of report it is, above the heading. */
  readonly kind: string;
  readonly heading: string;
  /** The result in a sentence or two. */
  readonly lead: Html;
  readonly sections: readonly Html[];
  /** Charts to draw; each needs a `chartFigure` with its id in a section. */
  readonly charts: readonly ChartSpec[];
  /** The package's version. */
  readonly version: string;
}

// Images and icons may be data, styles and scripts those in the file; everything else, the network above all, is refused.
const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/**
 * The whole page.
 * @returns HTML that opens offline, UTF-8 when written.
 */
export function renderPage(content: PageContent): string {
  const chart = chartLibrary();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="evos ${content.version}" />
        <title>${content.title}</title>
        <link rel="icon" href="data:," />
        <!-- Charts: uPlot, https://github.com/leeoniya/uPlot

${raw(chart.licence)}-->
        <style>
          ${raw(chart.style)}${raw(style)}
        </style>
        <noscript
          ><style>
            ${raw(styleWithoutScripts)}
          </style></noscript
        >
      </head>
      <body>
        <header>
          <p class="kind">${content.kind}</p>
          <h1>${content.heading}</h1>
          <p class="lead">${content.lead}</p>
        </header>
        <main>${content.sections}</main>
        <footer>
          Made by evos ${content.version}. Everything is in this one file; opening it needs no network. Charts
          by uPlot (MIT).
        </footer>
        <script type="application/json" id="charts">
          ${scriptJson(content.charts)}
        </script>
        <script>
          ${raw(chart.script)};
        </script>
        <script>
          // Some TypeScript runners wrap functions in this helper to keep their names.
          const __name = (target) => target;
          ${raw(drawCharts.toString())};
          ${raw(connectPictures.toString())};
          connectPictures(document);
          drawCharts(document, window, uPlot);
        </script>
      </body>
    </html> `.text;
}

/** The place for a chart: a caption and the element that the page's script draws into. */
export function chartFigure(id: string, title: string, text: string): Html {
  return html`<figure>
    <figcaption><b>${title}</b>${text}</figcaption>
    <div
      class="plot"
      id="${id}"
      role="group"
      aria-label="${title}: ${text} The numbers are in the table below the charts."
    ></div>
  </figure>`;
}

let library: { script: string; style: string; licence: string } | undefined;

/** uPlot as installed beside this package; read once. */
function chartLibrary(): { script: string; style: string; licence: string } {
  const { resolve } = createRequire(import.meta.url);
  const read = (name: string): string => readFileSync(resolve(`uplot/${name}`), 'utf8');
  library ??= {
    script: read('dist/uPlot.iife.min.js'),
    style: read('dist/uPlot.min.css'),
    licence: read('LICENSE'),
  };
  return library;
}
