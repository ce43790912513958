import { expect } from 'chai';
import { ByteWriter, JsonSink, type JsonSinkOptions } from '../../../dissector/output/index.ts';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TextSink } from '../tree/explain.ts';

const registry = new Registry();
const define = registry.definer('p');
const proto = define('p', 'P', 'protocol');
const number = define('p.n', 'N', 'uint32');
const bytes = define('p.b', 'B', 'bytes');
const none = define('p.x', 'X', 'none');

/** The object that is announced, without its white space. */
function written(announce: (sink: JsonSink) => void, options: Partial<JsonSinkOptions> = {}): string {
  const out = new TextSink();
  const writer = new ByteWriter(out);
  const sink = new JsonSink(writer, { filter: null, values: true, raw: false, ...options });
  sink.begin();
  sink.source(Buffer.from([0, 1, 2]), null, 1);
  announce(sink);
  sink.end();
  writer.flush();
  return out.text.replace(/\n */g, '');
}

describe('JSON sink', () => {
  it('begins an object with its first child only', () => {
    expect(
      written((sink) => {
        sink.openProtocol(proto, 1, 2, 'heading');
        sink.openField(number, 7, 1, 1);
        sink.close();
        sink.openField(number, 7, 1, 1);
        sink.field(bytes, null, 1, 2);
        sink.close();
        sink.field(none, null, 0, 0);
        sink.openField(none, null, 0, 0);
        sink.text('a "note" </p>');
        sink.close();
        sink.openText('empty');
        sink.close();
      }),
    ).to.equal(
      '{"p": {"p.n": "7","p.n": "7","p.n_tree": {"p.b": "01:02"},"p.x": "","p.x": {"a \\"note\\" <\\/p>": ""},"empty": ""}}',
    );
  });

  it('shows the heading of a protocol that has nothing, and closes what was left open', () => {
    expect(
      written((sink) => {
        sink.openProtocol(proto, 1, 2, 'heading');
        sink.close();
        sink.openProtocol(proto, 1, 2, '');
        sink.openText('open');
        sink.field(number, 1, 1, 1);
      }),
    ).to.equal('{"p": "heading","p": {"open": {"p.n": "1"}}}');
  });

  it('leaves out what is filtered, whatever is below it', () => {
    const filter = { protocols: new Set(['p']), deep: false };
    const announce = (sink: JsonSink) => {
      sink.openProtocol(proto, 1, 2, '');
      sink.openField(number, 7, 1, 1);
      sink.openField(number, 8, 1, 1);
      sink.field(bytes, null, 1, 2);
      sink.close();
      sink.close();
      sink.field(number, 9, 1, 1);
    };
    expect(written(announce, { filter })).to.equal(
      '{"p": {"p.n": "7","p.n_tree": {"filtered": "p.n"},"p.n": "9"}}',
    );
    expect(written(announce, { filter: { ...filter, deep: true } })).to.contain('"p.b": "01:02"');
    expect(written(announce, { filter: { protocols: new Set(), deep: true } })).to.equal(
      '{"p": {"filtered": "p"}}',
    );
  });

  it('counts places from where the packet begins', () => {
    expect(written((sink) => sink.openProtocol(proto, 1, 2, ''), { values: false, raw: true })).to.equal(
      '{"p_raw": ["0102",0,2,0,1]}',
    );
  });

  it('says which protocols need no more than a heading', () => {
    const sink = new JsonSink(new ByteWriter({ write: () => undefined }), {
      filter: { protocols: new Set(['q']), deep: false },
      values: true,
      raw: false,
    });
    expect(sink.headingOnly(proto)).to.equal(true);
    expect(sink.headingOnly(registry.definer('q')('q', 'Q', 'protocol'))).to.equal(false);
  });
});
