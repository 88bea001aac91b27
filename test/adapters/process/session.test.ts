// What a client gets for its requests: the same selections as a selector in the process, and an answer whatever it sends.
import { describe, expect, it } from 'vitest';
import { Usage } from '../../../src/adapters/process/limits.js';
import { createSelector, strategies } from '../../../src/core/index.js';
import { Client, messageOf, serverWith } from './client.js';

const size = 1000;
const errorsOf = (indices: Uint32Array) => Float32Array.from(indices, (index) => (index < 100 ? 1 : 1e-3));
const online = { strategy: 'evos-online', size, seed: 5, count: 100 };

describe('a served selector', () => {
  it('draws what one in the process draws', () => {
    const client = new Client();
    client.ask('create', { ...online, settings: { mutationShare: 0.2 } });
    const own = createSelector({
      ...{ strategy: 'evos-online', size, seed: 5, batchSize: 100, mutationShare: 0.2 },
    });
    for (let step = 1; step <= 30; step++) {
      const batchSize = 50 + step;
      const { header, arrays } = client.ask('select', { step, count: batchSize });
      const expected = own.next({ batchSize });
      expect(header).toMatchObject({
        selection: step,
        step,
        pass: 'train',
        wants: ['errors'],
        awaited: false,
      });
      expect(arrays['indices']).toEqual(expected.indices);
      const errors = errorsOf(expected.indices);
      expect(client.ask('report', {}, { errors }).header).toMatchObject({ selection: step, used: true });
      own.report(expected, { errors });
    }
  });

  it('hands out weights, patches and passes to score as the strategy does', () => {
    const client = new Client();
    client.ask('create', {
      ...{ strategy: 'evos-online', size: 4096, shape: [64, 64], tile: 16 },
      settings: { correction: 0.5 },
    });
    const weighted = client.ask('select', { count: 64 });
    expect(weighted.arrays['weights']).toHaveLength(64);
    client.ask('create', { selector: 'int', strategy: 'int', size, steps: 10 });
    const scored = client.ask('select', { selector: 'int' });
    expect(scored.header).toMatchObject({ pass: 'score', awaited: true, wants: ['absolute'] });
    expect(client.refusal({ op: 'select', selector: 'int' })).toContain('waits for its report');
  });

  it('lists no indices where a selection is all samples', () => {
    const client = new Client();
    client.ask('create', { strategy: 'full', size });
    const { header, arrays } = client.ask('select');
    expect(header).toMatchObject({ whole: true, size, ratio: 1 });
    expect(arrays).toEqual({});
  });

  it('goes on from a snapshot to the bit, with reports that wait', () => {
    const client = new Client();
    client.ask('create', { ...online, lag: 2 });
    const go = (from: number, name: string): unknown[] =>
      Array.from({ length: 6 }, (_, i) => {
        const { header, arrays } = client.ask('select', { selector: name, step: from + i });
        const indices = arrays['indices'] as Uint32Array;
        client.ask(
          'report',
          { selector: name, selection: header['selection'] },
          { errors: errorsOf(indices) },
        );
        return [header['selection'], indices];
      });
    go(1, 's');
    const { arrays } = client.ask('snapshot');
    const expected = go(7, 's');
    client.ask('create', { ...online, lag: 2, selector: 'other' });
    expect(client.ask('restore', { selector: 'other' }, arrays).header).toMatchObject({ step: 6 });
    expect(go(7, 'other')).toEqual(expected);
  });

  it('takes reports by selection and by step, in any order, and says which are of no use', () => {
    const client = new Client();
    client.ask('create', { ...online, lag: 1 });
    const first = client.ask('select').arrays['indices'] as Uint32Array;
    const second = client.ask('select').arrays['indices'] as Uint32Array;
    expect(client.ask('report', { step: 2 }, { errors: errorsOf(second) }).header['used']).toBe(true);
    expect(client.ask('report', { selection: 1 }, { errors: errorsOf(first) }).header['used']).toBe(true);
    expect(client.ask('report', { selection: 1 }, { errors: errorsOf(first) }).header['used']).toBe(false);
    for (let i = 0; i < 70; i++) client.ask('select');
    expect(client.ask('report', { step: 1 }, { errors: errorsOf(first) }).header).toMatchObject({
      used: false,
    });
  });

  it.each(strategies().map(({ name }) => name))('%s is created, or says why not', (strategy) => {
    const client = new Client();
    const luma = Float32Array.from({ length: 1024 }, (_, i) => (i % 32 < 16 ? 0 : 255));
    const answer = client.send(
      {
        op: 'create',
        selector: 's',
        strategy,
        size: 1024,
        steps: 20,
        shape: [32, 32],
        views: [[32, 32]],
        tile: 8,
      },
      { luma, edges: luma },
    );
    if (answer.header['ok'] === true) expect(client.ask('select').header).toMatchObject({ step: 1 });
    else expect(messageOf(answer)).toContain('not supported from another process; choose another strategy');
  });
});

describe('info', () => {
  it('tells strategies, settings with their words, and limits', () => {
    const { header } = new Client(serverWith({ frame: 77 })).send({ op: 'info', id: 'a' });
    expect(header).toMatchObject({ id: 'a', ok: true, protocol: 1, limits: { frame: 77 } });
    const told = header['strategies'] as { name: string; settings: Record<string, object> }[];
    expect(told.map(({ name }) => name)).toEqual(strategies().map(({ name }) => name));
    expect(told[1]?.settings['ratio']).toMatchObject({ type: 'number', max: 1, words: 'evos-online ratio' });
  });
});

describe('what is refused', () => {
  const create = { op: 'create', selector: 's', ...online };
  it.each<[string, Record<string, unknown>, Record<string, Float32Array | Uint32Array | Uint8Array>, string]>(
    [
      ['no operation', {}, {}, 'argument: op must be one of info, create, select'],
      ['another operation', { op: 'slect' }, {}, "got 'slect'. Did you mean select?"],
      ['an operation of objects', { op: 'constructor' }, {}, 'op must be one of'],
      ['an id of another type', { op: 'info', id: {} }, {}, 'id must be a whole number, or text'],
      [
        'a member too many',
        { ...create, sise: 3 },
        {},
        'The operation create takes op, id, arrays, selector',
      ],
      [
        'an array too many',
        { op: 'select', selector: 's' },
        { errors: new Float32Array(1) },
        'takes no array',
      ],
      ['no selector', { op: 'select' }, {}, 'selector must be a text of 1 to 64 characters'],
      [
        'an unknown selector',
        { op: 'select', selector: 'x' },
        {},
        "There is no selector 'x' on this connection",
      ],
      ['a selector twice', create, {}, "There is a selector 's' already"],
      [
        'no strategy',
        { ...create, selector: 't', strategy: 3 },
        {},
        'strategy must be the name of a strategy',
      ],
      ['settings in a list', { ...create, selector: 't', settings: [1] }, {}, 'settings must be an object'],
      ['a size that is none', { ...create, selector: 't', size: null }, {}, 'size must be an integer from 1'],
      ['tiles of none', { ...create, selector: 't', tile: 0 }, {}, 'tile must be an integer from 1 to 65536'],
      ['a view of three', { ...create, selector: 't', views: [[1, 2, 3]] }, {}, 'must be [rows, columns]'],
      [
        'targets of another type',
        { ...create, selector: 't' },
        { targets: new Uint32Array(size) },
        'The array targets must be of type f32, got a Uint32Array',
      ],
      [
        'a mask of another type',
        { ...create, selector: 't' },
        { excluded: new Float32Array(size) },
        'The array excluded must be of type u8',
      ],
      [
        'a prior of another length',
        { ...create, selector: 't' },
        { luma: new Float32Array(3) },
        'luma has 3 numbers, expected 1000',
      ],
      [
        'a prior that is not there',
        { ...create, selector: 't', strategy: 'expansive', shape: [1, size] },
        {},
        'needs prior',
      ],
      [
        'another step',
        { op: 'select', selector: 's', step: 5 },
        {},
        'Step 5 was asked for, but 2 comes next',
      ],
      [
        'a count of none',
        { op: 'select', selector: 's', count: 0 },
        {},
        'count must be an integer of at least 1',
      ],
      [
        'a selection to come',
        { op: 'report', selector: 's', selection: 2 },
        { errors: new Float32Array(100) },
        'selection must be an integer from 1 to 1, got 2',
      ],
      ['no errors', { op: 'report', selector: 's' }, {}, 'feedback.errors must be a Float32Array'],
      [
        'errors too few',
        { op: 'report', selector: 's' },
        { errors: new Float32Array(3) },
        'feedback.errors has 3 numbers, expected 100',
      ],
      [
        'errors below 0',
        { op: 'report', selector: 's' },
        { errors: new Float32Array(100).fill(-1) },
        'The error',
      ],
      [
        'errors of another type',
        { op: 'report', selector: 's' },
        { errors: new Uint32Array(100) },
        'The array errors must be of type f32',
      ],
      ['no snapshot', { op: 'restore', selector: 's' }, {}, 'To restore, send the array snapshot'],
      [
        'bytes that are no snapshot',
        { op: 'restore', selector: 's' },
        { snapshot: Uint8Array.of(1, 2, 3) },
        'resume: The snapshot is damaged',
      ],
    ],
  )('%s', (_, header, arrays, message) => {
    const client = new Client();
    client.send(create);
    const { indices } = client.ask('select').arrays;
    expect(client.refusal({ id: undefined, ...header }, arrays)).toContain(message);
    // And all goes on as if it had not been sent.
    const errors = errorsOf(indices as Uint32Array);
    expect(client.ask('report', {}, { errors }).header['used']).toBe(true);
    expect(client.ask('select', { step: 2 }).header['step']).toBe(2);
  });

  it('has the id of its request where that could be read', () => {
    expect(new Client().send({ op: 'no', id: 17 }).header).toMatchObject({ id: 17, ok: false });
    expect(new Client().raw(Uint8Array.of(1)).header).toMatchObject({ id: null, ok: false });
  });

  it('includes what would take more memory than there is', () => {
    const client = new Client(serverWith({ samples: 2 ** 32 }));
    const settings = { ratio: 1, mutationShare: 1e-300 };
    const { header } = client.send({ op: 'create', selector: 's', ...online, count: 1000, settings });
    expect(header).toMatchObject({ ok: true });
  });
});

describe('limits', () => {
  it('count over all sessions, and what is closed is given back', () => {
    const server = serverWith({ selectors: 2, samples: 3 * size });
    const [one, other] = [new Client(server), new Client(server)];
    one.ask('create', online);
    other.ask('create', online);
    expect(other.refusal({ op: 'create', selector: 't', ...online })).toContain('There are 2 selectors');
    one.ask('close');
    expect(other.refusal({ op: 'create', selector: 't', ...online, size: 2001 })).toContain(
      '2001 samples and the 1000 of other selectors are more than 3000',
    );
    // One that could not be made holds nothing.
    other.refusal({ op: 'create', selector: 't', ...online, seed: -1 });
    other.ask('create', { ...online, selector: 't', size: 2000 });
    other.session.close();
    one.ask('create', { ...online, size: 3 * size });
  });

  it('are a hundred million samples unless told otherwise', () => {
    const usage = new Usage();
    usage.take(1e8);
    expect(() => usage.take(1)).toThrow('more than 100000000');
  });
});
