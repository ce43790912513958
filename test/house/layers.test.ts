import { expect } from 'chai';
import { LAZY, layerFault, packageFault } from './layers.ts';
import { importsIn, read, sourceFiles, sourceImports } from './sources.ts';

describe('house: layers', () => {
  describe('the rule', () => {
    const allowed = [
      ['cli/inspect.ts', 'dissector/index.ts'],
      ['cli/main.ts', 'package.json'],
      ['fuzz/run.ts', 'dissector/capture/write.ts'],
      ['client/connect.ts', 'transport/tcp.ts'],
      ['server/drivers/libvirt/open.ts', 'client/connect.ts'],
      ['codec/idl/resolve.ts', 'codec/xdr/types.ts'],
      ['codec/programs/nfs3.gen.ts', 'codec/rpc/program.ts'],
      ['codec/index.ts', 'codec/idl/index.ts'],
      ['dissector/output/text.ts', 'dissector/tree/field.ts'],
      ['dissector/stats/rpc-programs.ts', 'dissector/filter/compile.ts'],
    ] as const;
    for (const [from, to] of allowed) {
      it(`lets ${from} import ${to}`, () => {
        expect(layerFault(from, to, false)).to.equal(undefined);
      });
    }

    const forbidden = [
      ['codec/xdr/walker.ts', 'dissector/tree/field.ts'],
      ['codec/xdr/walker.ts', 'test/house/sources.ts'],
      ['codec/xdr/walker.ts', 'codec/rpc/message.ts'],
      ['codec/xdr/walker.ts', 'codec/index.ts'],
      ['codec/rpc/message.ts', 'codec/idl/parse.ts'],
      ['codec/idl/resolve.ts', 'codec/rpc/message.ts'],
      ['codec/idl/resolve.ts', 'codec/rpc/program.ts'],
      ['codec/new-folder/a.ts', 'codec/xdr/types.ts'],
      ['client/connect.ts', 'dissector/capture/write.ts'],
      ['transport/record.ts', 'dissector/capture/write.ts'],
      ['client/connect.ts', 'server/engine/listen.ts'],
      ['server/engine/listen.ts', 'client/connect.ts'],
      ['replay/run.ts', 'fuzz/mutate.ts'],
      ['dissector/session/rpc.ts', 'dissector/tree/field.ts'],
      ['dissector/output/text.ts', 'dissector/stats/io.ts'],
      ['dissector/stats/io.ts', 'dissector/output/text.ts'],
      ['dissector/tree/field.ts', 'dissector/index.ts'],
      ['cli/inspect.ts', 'bench/main.ts'],
    ] as const;
    for (const [from, to] of forbidden) {
      it(`keeps ${from} from importing ${to}`, () => {
        expect(layerFault(from, to, false)).to.be.a('string');
      });
    }

    it("lets codec/idl have the program's type, and only that", () => {
      expect(layerFault('codec/idl/resolve.ts', 'codec/rpc/program.ts', true)).to.equal(undefined);
      expect(layerFault('codec/idl/resolve.ts', 'codec/rpc/message.ts', true)).to.be.a('string');
    });

    it('keeps packages where they belong', () => {
      expect(packageFault('cli/yargs.ts', 'yargs', false)).to.equal(undefined);
      expect(packageFault('dissector/index.ts', 'yargs', false)).to.be.a('string');
      expect(packageFault('codec/xdr/schema.ts', 'zod', false)).to.equal(undefined);
      expect(packageFault('codec/idl/preprocess.ts', 'node:fs', false)).to.be.a('string');
      expect(packageFault('codec/xdr/text.ts', 'node:buffer', false)).to.equal(undefined);
      expect(packageFault('dissector/capture/open.ts', 'node:fs', false)).to.equal(undefined);
      expect(packageFault('dissector/capture/open.ts', 'node:net', false)).to.be.a('string');
    });
  });

  describe('finding imports', () => {
    const find = (text: string) =>
      importsIn('codec/xdr/a.ts', text).map((i) => [i.target, i.typeOnly, i.dynamic]);

    it('sees every form', () => {
      expect(find("import a from './a.ts';")).to.deep.equal([['codec/xdr/a.ts', false, false]]);
      expect(find("import {\n  a,\n  b,\n} from '../rpc/b.ts';")).to.deep.equal([
        ['codec/rpc/b.ts', false, false],
      ]);
      expect(find("import type { A } from './a.ts';")).to.deep.equal([['codec/xdr/a.ts', true, false]]);
      expect(find("import 'node:fs';")).to.deep.equal([['node:fs', false, false]]);
      expect(find("export * from './a.ts';")).to.deep.equal([['codec/xdr/a.ts', false, false]]);
      expect(find("export type { A } from './a.ts';")).to.deep.equal([['codec/xdr/a.ts', true, false]]);
      expect(find("  const z = await import('zod');")).to.deep.equal([['zod', false, true]]);
      expect(find("import x from '@scope/pkg/deep';")).to.deep.equal([['@scope/pkg', false, false]]);
    });

    it('sees no import in what an emitter prints', () => {
      expect(find("export const a = 'from';\n  out.push(`import { x } from '../y.ts'`);")).to.deep.equal([]);
    });
  });

  it('holds over the real imports', () => {
    const faults = sourceImports().flatMap((i) => {
      const fault = i.relative
        ? layerFault(i.from, i.target, i.typeOnly)
        : packageFault(i.from, i.target, i.typeOnly);
      return fault === undefined ? [] : [`${i.from}: ${fault}`];
    });
    expect(faults.join('\n')).to.equal('');
  });

  it('loads no slow package before it is needed', () => {
    const imports = sourceImports().filter((i) => !i.typeOnly && !i.dynamic);
    const reached = new Set(
      sourceFiles().filter((file) => file === 'cli/main.ts' || /^\w+\/index\.ts$/.test(file)),
    );
    const faults: string[] = [];
    for (const file of reached) {
      for (const { from, relative, target } of imports) {
        if (from !== file) continue;
        if (relative) reached.add(target);
        else if (LAZY.includes(target)) faults.push(`${file} is loaded at start and imports ${target}`);
      }
    }
    expect(faults.join('\n')).to.equal('');
  });

  it('imports only what package.json depends on', () => {
    const { dependencies } = JSON.parse(read('package.json'));
    const missing = sourceImports()
      .filter((i) => !i.relative && !i.target.startsWith('node:') && !(i.target in dependencies))
      .map((i) => `${i.from}: ${i.specifier}`);
    expect(missing.join('\n')).to.equal('');
  });

  it('has index files that only re-export', () => {
    const faults = sourceFiles()
      .filter((file) => file.endsWith('/index.ts'))
      .filter((file) => {
        const code = read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
        return (
          code
            .replace(/\bexport\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+'[^']+';/g, '')
            .trim() !== ''
        );
      });
    expect(faults.join('\n')).to.equal('');
  });
});
