// The C++ of docs/serve.md, compiled as it stands there, speaks to the process.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersIn } from '../adapters/process/client.js';
import { blocksOf } from '../support/documents.js';

const compiler = ['c++', 'g++', 'clang++'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

/** Sends what the example sends, with errors that are known. */
const program = (frame: string) => `
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>
${frame}
void send(const std::vector<char>& bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); }
int main() {
  send(frame(R"({"op":"create","selector":"s","strategy":"evos-online","size":1000000,"count":4096})"));
  for (int step = 1; step <= 2; step++) {
    send(frame(R"({"op":"select","selector":"s"})"));
    const std::vector<float> errors(4096, 0.5f);
    send(frame(R"({"op":"report","selector":"s","arrays":[{"name":"errors","type":"f32","length":4096}]})", errors));
  }
}
`;

describe('docs/serve.md', () => {
  it.skipIf(compiler === undefined || process.platform === 'win32')('has a client in C++ that works', () => {
    const [block] = blocksOf('docs/serve.md').filter(({ language }) => language === 'cpp');
    const [frame = ''] = /^\/\/ Packs a request[\s\S]*?\n}\n/m.exec(block?.text ?? '') ?? [];
    expect(frame).toContain('std::vector<char> frame');
    const folder = mkdtempSync(path.join(tmpdir(), 'evos-cpp-'));
    try {
      const source = path.join(folder, 'client.cpp');
      writeFileSync(source, program(frame));
      execFileSync(compiler ?? '', ['-std=c++17', '-o', path.join(folder, 'client'), source]);
      const requests = execFileSync(path.join(folder, 'client'));
      const answers = answersIn(
        execFileSync(process.execPath, ['dist/cli/main.js', 'serve'], { input: requests }),
      );
      expect(answers.map(({ header }) => header['ok'])).toEqual([true, true, true, true, true]);
      expect(answers[3]?.arrays['indices']).toHaveLength(4096);
      expect(answers[4]?.header).toMatchObject({ selection: 2, used: true });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
