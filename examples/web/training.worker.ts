// Training, in a thread of its own: the page's is free for what moves on the screen.
import type { Choices, FileName, FromWorker, PictureViews, ToWorker, Wanted } from './messages.js';
import { exampleMesh, readMesh } from './mesh-file.js';
import { meshSubject } from './mesh.js';
import { examplePicture, pictureSubject, readPicture } from './picture.js';
import { Training, type Subject } from './training.js';

/** This worker's own end: the types at hand are those of a page. */
const port = self as unknown as Pick<Worker, 'postMessage' | 'addEventListener'>;
const send = (message: FromWorker, transfer: Transferable[] = []): void =>
  port.postMessage(message, transfer);

let views: PictureViews | undefined;
let viewer: MessagePort | undefined;
let training: Training | undefined;
let paused = false;
let wake: () => void = () => undefined;
/** Files to be sent: a trainer does one thing at a time, so that is done between two steps. */
const wanted = new Set<FileName>();
/** How often somebody wanted to start: only the newest counts. */
let starts = 0;

async function sendFiles(of: Training): Promise<void> {
  for (const name of wanted) {
    wanted.delete(name);
    try {
      const bytes = await of.exported(name);
      send({ type: 'file', name, bytes }, [bytes.buffer]);
    } catch (cause) {
      // Training goes on, unless another has taken its place.
      if (training === of) failed(cause);
    }
  }
}

/** Reads what is wanted, and makes ready what it takes to train it. @throws Error, with what to say, where that cannot be */
async function subjectOf(
  { kind, file }: Wanted,
  choices: Choices,
  newest: () => boolean,
): Promise<Subject | undefined> {
  if (kind === 'picture') {
    const { mostPixels } = choices;
    const pixels = file === undefined ? examplePicture(mostPixels) : await readPicture(file, mostPixels);
    // Its canvases show the picture from here on.
    return views === undefined || !newest() ? undefined : pictureSubject(pixels, choices, views);
  }
  const mesh = file === undefined ? exampleMesh() : await readMesh(file);
  if (viewer === undefined || !newest()) return undefined;
  try {
    return await meshSubject(mesh, choices, viewer);
  } catch (cause) {
    throw new Error(`${file?.name ?? 'the example'} cannot be learnt: ${messageOf(cause)}`, { cause });
  }
}

async function start(what: Wanted, choices: Choices): Promise<void> {
  const mine = ++starts;
  // What cannot be read leaves the training before it at work.
  const subject = await subjectOf(what, choices, () => mine === starts);
  if (subject === undefined || mine !== starts) return;
  const before = training;
  const own = new Training(subject, choices, send);
  training = own;
  wanted.clear();
  wake();
  await before?.dispose();
  // Another may have come meanwhile, and has this one to end.
  if (training !== own) return;
  const { kind, what: size, notes } = subject;
  send({ type: 'began', kind, what: size, notes });
  try {
    await own.run(async () => {
      await sendFiles(own);
      while (paused && training === own) {
        await new Promise<void>((resolve) => (wake = resolve));
        await sendFiles(own);
      }
      return training === own;
    });
  } catch (cause) {
    // One that has given way to another may fail on its way out.
    if (training === own) throw cause;
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
const failed = (cause: unknown): void => send({ type: 'failed', message: messageOf(cause) });

port.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'views') ({ views } = data);
  else if (data.type === 'viewer') viewer = data.port;
  else if (data.type === 'start') start(data.wanted, data.choices).catch(failed);
  else if (data.type === 'change') training?.change(data.choices);
  else if (data.type === 'pause') {
    paused = data.paused;
    wake();
  } else {
    wanted.add(data.name);
    if (training?.ended === true) void sendFiles(training);
    else wake();
  }
});
