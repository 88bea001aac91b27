// Training, in a thread of its own: the page's is free for what moves on the screen.
import type { Choices, FromWorker, PictureViews, ToWorker } from './messages.js';
import { examplePicture, pictureSubject, readPicture } from './picture.js';
import { Training } from './training.js';

/** This worker's own end: the types at hand are those of a page. */
const port = self as unknown as Pick<Worker, 'postMessage' | 'addEventListener'>;
const send = (message: FromWorker, transfer: Transferable[] = []): void =>
  port.postMessage(message, transfer);

let views: PictureViews | undefined;
let training: Training | undefined;
let paused = false;
let wake: () => void = () => undefined;
/** The network is to be sent: a trainer does one thing at a time, so that is done between two steps. */
let wanted = false;
/** How often somebody wanted to start: only the newest counts. */
let starts = 0;

async function sendModel(of: Training): Promise<void> {
  wanted = false;
  const bytes = await of.exported();
  send({ type: 'model', bytes }, [bytes.buffer]);
}

async function start(file: File | undefined, choices: Choices, canvases: PictureViews): Promise<void> {
  const mine = ++starts;
  const { mostPixels } = choices;
  // What cannot be read leaves the training before it at work.
  const pixels = file === undefined ? examplePicture(mostPixels) : await readPicture(file, mostPixels);
  if (mine !== starts) return;
  const before = training;
  const subject = pictureSubject(pixels, choices, canvases);
  const own = new Training(subject, choices, send);
  training = own;
  wake();
  await before?.dispose();
  send({ type: 'began', what: subject.what });
  try {
    await own.run(async () => {
      if (wanted) await sendModel(own);
      while (paused && training === own) {
        await new Promise<void>((resolve) => (wake = resolve));
        if (wanted) await sendModel(own);
      }
      return training === own;
    });
  } catch (cause) {
    // One that has given way to another may fail on its way out.
    if (training === own) throw cause;
  }
}

const failed = (cause: unknown): void =>
  send({ type: 'failed', message: cause instanceof Error ? cause.message : String(cause) });

port.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'views') ({ views } = data);
  else if (data.type === 'start') {
    if (views !== undefined) start(data.file, data.choices, views).catch(failed);
  } else if (data.type === 'change') training?.change(data.choices);
  else if (data.type === 'pause') {
    paused = data.paused;
    wake();
  } else if (training?.ended === true) sendModel(training).catch(failed);
  else {
    wanted = true;
    wake();
  }
});
