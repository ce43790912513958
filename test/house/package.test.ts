import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LAYERS, read, root } from './sources.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
}

describe('house: package.json', () => {
  const manifest = JSON.parse(read('package.json')) as Manifest;
  const folders = LAYERS.filter((layer) => layer !== 'cli' && existsSync(join(root, layer, 'index.ts')));

  it('exports each layer that has an index, and nothing else', () => {
    const promised = Object.keys(manifest.exports).filter((name) => name !== './package.json');
    expect(promised.sort()).to.deep.equal(folders.map((folder) => `./${folder}`).sort());
  });

  it('points each export at its own folder, types first', () => {
    for (const folder of folders) {
      const target = manifest.exports[`./${folder}`];
      expect(target).to.deep.equal({
        types: `./dist/${folder}/index.d.ts`,
        default: `./dist/${folder}/index.js`,
      });
      expect(Object.keys(target as object)).to.deep.equal(['types', 'default']);
    }
  });

  it('declares the types of each export', () => {
    const { files } = JSON.parse(read('tsconfig.build.json')) as { files: string[] };
    expect(files.sort()).to.deep.equal(folders.map((folder) => `${folder}/index.ts`).sort());
  });

  it('builds a command from cli/main.ts', () => {
    expect(manifest.bin).to.deep.equal({ oncilla: 'dist/cli/main.js' });
    expect(read('cli/main.ts')).to.match(/^#!\/usr\/bin\/env node\n/);
  });

  it('starts what it built, and ships its captures', () => {
    expect(manifest.scripts.start).to.equal(`node ${manifest.bin.oncilla} start`);
    expect(read('cli/commands.ts')).to.match(/\bstart\b/);
    expect(manifest.files).to.include('captures');
  });
});
