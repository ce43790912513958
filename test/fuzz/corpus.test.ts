import { expect } from 'chai';
import { CorpusBuilder } from '../../fuzz/corpus.ts';
import { baseCall, casesOf, plan } from '../../fuzz/plan.ts';
import { datagramPlan, ECHO, PUT } from './base.ts';

const argsOf = (round: number) => {
  const { message, body } = baseCall(PUT, round, datagramPlan);
  return message.subarray(body);
};

describe('fuzz/corpus', () => {
  it('keeps calls that decode, each once, and none that does not', () => {
    const corpus = new CorpusBuilder();
    expect(corpus.addCall({ procedure: PUT, args: argsOf(0) })).to.equal(true);
    expect(corpus.addCall({ procedure: PUT, args: argsOf(0) })).to.equal(true);
    expect(corpus.addCall({ procedure: PUT, args: argsOf(1) })).to.equal(true);
    expect(corpus.addCall({ procedure: PUT, args: argsOf(0).subarray(0, 6) })).to.equal(false);
    expect(corpus.calls(PUT)).to.deep.equal([argsOf(0), argsOf(1)]);
    expect(corpus.calls(ECHO)).to.deep.equal([]);
  });

  it('has the values of a type, from arguments and results, and the words and numbers in them', () => {
    const corpus = new CorpusBuilder();
    const blob = Buffer.from('0000000568656c6c6f000000', 'hex');
    expect(corpus.addResult(ECHO.declared, blob)).to.equal(true);
    const { argument, result } = ECHO.declared.procedure;
    expect(corpus.parts(argument).map((bytes) => Buffer.from(bytes))).to.deep.equal([blob]);
    expect(corpus.parts(result)).to.deep.equal(corpus.parts(argument));
    expect(corpus.words.map((word) => Buffer.from(word).toString())).to.deep.equal(['hello']);
    corpus.addDictionary({ words: [Buffer.from('root')], numbers: [7n, 7n] });
    expect(corpus.words).to.have.length(2);
    expect(corpus.numbers).to.deep.equal([7n]);
  });

  it('is bounded, whatever it is given', () => {
    const corpus = new CorpusBuilder();
    for (let i = 0; i < 3000; i++) {
      corpus.addDictionary({ words: [Buffer.from(`word ${i}`), Buffer.alloc(5000)], numbers: [BigInt(i)] });
      corpus.addSession([{ procedure: PUT, args: argsOf(0) }]);
    }
    expect(corpus.words).to.have.length(512);
    expect(corpus.numbers).to.have.length(512);
    expect(corpus.sessions).to.have.length(256);
  });

  it('gives a plan its first call, its words and its numbers, and the same ones for the same seed', () => {
    const corpus = new CorpusBuilder();
    const seen = argsOf(2);
    corpus.addDictionary({ words: [Buffer.from('admin')], numbers: [4711n] });
    corpus.addCall({ procedure: PUT, args: seen });
    const options = { ...datagramPlan, corpus };
    const { message, body } = baseCall(PUT, 0, options);
    expect(message.subarray(body)).to.deep.equal(seen);
    const cases = [...casesOf(PUT, 0, options)];
    const families = new Set(cases.map(({ family }) => family));
    expect([...families]).to.include.members(['dict.4711', 'dict(0)']);
    expect(cases.some(({ bytes }) => Buffer.from(bytes).includes('admin'))).to.equal(true);
    expect(cases).to.deep.equal([...casesOf(PUT, 0, options)]);
    expect(new Set(cases.map(({ id }) => id)).size).to.equal(cases.length);
  });

  it('has its turn with random calls in a plan', () => {
    const corpus = new CorpusBuilder();
    corpus.addCall({ procedure: PUT, args: argsOf(2) });
    const valid: string[] = [];
    for (const one of plan({ ...datagramPlan, procedures: [PUT], corpus })) {
      if (one.family === 'valid') valid.push(Buffer.from(one.bytes.subarray(4)).toString('hex'));
      if (valid.length === 4) break;
    }
    expect(valid[0]).to.equal(valid[2]);
    expect(new Set(valid).size).to.equal(3);
  });
});
