import { expect } from 'chai';
import { declarations, virtProcedures } from '../../../codec/programs/virt.declare.ts';
import * as module from '../../../codec/programs/virt.gen.ts';
import { resolve, type XdrType } from '../../../codec/xdr/index.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const VIRT = 0x20001a65;
const EVENTS = 0x20001a66;
const procedure = (number: number) => procedureOf(module, declarations, VIRT, 1, number);

/** The requests of qemud in its order, which began at 0. */
const QEMUD = `GET_VERSION GET_NODEINFO LIST_DOMAINS NUM_DOMAINS DOMAIN_CREATE DOMAIN_LOOKUP_BY_ID
  DOMAIN_LOOKUP_BY_UUID DOMAIN_LOOKUP_BY_NAME DOMAIN_SUSPEND DOMAIN_RESUME DOMAIN_DESTROY DOMAIN_GET_INFO DOMAIN_SAVE
  DOMAIN_RESTORE DOMAIN_DUMP_XML LIST_DEFINED_DOMAINS NUM_DEFINED_DOMAINS DOMAIN_START DOMAIN_DEFINE DOMAIN_UNDEFINE
  NUM_NETWORKS LIST_NETWORKS NUM_DEFINED_NETWORKS LIST_DEFINED_NETWORKS NETWORK_LOOKUP_BY_UUID NETWORK_LOOKUP_BY_NAME
  NETWORK_CREATE NETWORK_DEFINE NETWORK_UNDEFINE NETWORK_START NETWORK_DESTROY NETWORK_DUMP_XML
  NETWORK_GET_BRIDGE_NAME DOMAIN_GET_AUTOSTART DOMAIN_SET_AUTOSTART NETWORK_GET_AUTOSTART NETWORK_SET_AUTOSTART
  GET_CAPABILITIES`
  .trim()
  .split(/\s+/);

function procedures(program: number) {
  return module.programs.find((p) => p.number === program)?.versions.flatMap((v) => v.procedures) ?? [];
}

/** Strings, opaques and arrays without a declared limit, anywhere in the type. */
function unbounded(type: XdrType, path: string, seen = new Set<XdrType>()): string[] {
  if (seen.has(type)) return [];
  seen.add(type);
  switch (type.kind) {
    case 'ref':
      return unbounded(type.target, `${path}.${type.name}`, seen);
    case 'string':
    case 'opaque':
      return type.size === undefined ? [path] : [];
    case 'array':
      return [...(type.size === undefined ? [path] : []), ...unbounded(type.element, `${path}[]`, seen)];
    case 'optional':
      return unbounded(type.element, `${path}?`, seen);
    case 'struct':
      return type.fields.flatMap((f) => unbounded(f.type, `${path}.${f.name}`, seen));
    case 'union':
      return [...type.arms, ...(type.default === undefined ? [] : [type.default])].flatMap((a) =>
        unbounded(a.type, `${path}.${a.name}`, seen),
      );
    default:
      return [];
  }
}

describe('codec/programs/virt', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('says of every procedure what it needs, and of nothing else', () => {
    expect([...virtProcedures.keys()]).to.deep.equal(procedures(VIRT).map((p) => p.name));
    expect(procedures(EVENTS).map((p) => p.number)).to.deep.equal([0, 1, 2, 3]);
  });

  it('holds the 38 requests of qemud, the exchange, OPEN and CLOSE in minor 0, everything else in minor 1', () => {
    const names = procedures(VIRT).map((p) => p.name.slice('VIRT_'.length));
    expect(names.slice(1, 39)).to.deep.equal(QEMUD);
    for (const { number, name } of procedures(VIRT))
      expect(virtProcedures.get(name)?.since, name).to.equal(number <= 41 ? 0 : module.VIRT_MINOR);
  });

  it('grants reading only to what reads', () => {
    const writes = /_(CREATE|DEFINE|UNDEFINE|START|SUSPEND|RESUME|DESTROY|SAVE|RESTORE|SET_AUTOSTART)$/;
    const writing = [...virtProcedures].filter(([, { access }]) => access === 'rw').map(([name]) => name);
    expect(writing).to.deep.equal([...virtProcedures.keys()].filter((name) => writes.test(name)));
    expect(writing).to.have.length(16);
  });

  it('bounds every string, opaque and array', () => {
    const free = [...module.types].flatMap(([name, type]) => unbounded(type, name));
    expect(free).to.deep.equal([]);
    expect(module.types.size).to.be.greaterThan(50);
    expect(unbounded({ kind: 'string', size: undefined }, 'x')).to.deep.equal(['x']);
  });

  it('answers with a union of a body and a typed error', () => {
    for (const { name, result } of procedures(VIRT)) {
      if (name === 'VIRT_NULL') continue;
      const union = resolve(result);
      if (union.kind !== 'union') throw new Error(`${name} answers no union`);
      expect(
        union.arms.map((a) => a.cases),
        name,
      ).to.deep.equal([[module.virt_status.VIRT_OK]]);
      expect(union.default?.name, name).to.equal('error');
    }
  });

  it('reads a list of everything', () => {
    const result = hex(`
      00 00 00 00                                     # VIRT_OK
      00 00 00 01                                     # one domain
      00 00 00 07                                     # id
      00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f # uuid
      00 00 00 02 61 62 00 00                         # name 'ab'
      00 00 00 03                                     # paused
      00 00 00 00 00 00 08 00                         # max_memory 2048 KiB
      00 00 00 00 00 00 04 00                         # memory
      00 00 00 02                                     # vcpus
      00 00 00 01 00 00 00 00                         # cpu_time
      00 00 00 04                                     # reason: the user
      00 00 00 01 00 00 00 00                         # persistent, no autostart
      00 00 00 03 68 76 6d 00                         # os_type 'hvm'
    `);
    checkMessage(procedure(46), 'result', result, {
      status: module.virt_status.VIRT_OK,
      domains: [
        {
          dom: { id: 7, uuid: hex('000102030405060708090a0b0c0d0e0f'), name: 'ab' },
          info: {
            state: module.virt_domain_state.VIRT_STATE_PAUSED,
            max_memory: 2048n,
            memory: 1024n,
            vcpus: 2,
            cpu_time: 0x100000000n,
          },
          reason: module.virt_state_reason.VIRT_REASON_USER,
          persistent: true,
          autostart: false,
          os_type: 'hvm',
        },
      ],
    });
  });

  it('reads an error, and OPEN without a URI', () => {
    const result = hex(`
      00 00 00 01             # VIRT_FAILED
      00 00 00 2a 00 00 00 0c # code 42, domain 12
      00 00 00 02             # level: error
      00 00 00 02 6e 6f 00 00 # message 'no'
      00 00 00 00 00 00 00 00 # no domain, no network
      00 00 00 01 00 00 00 01 78 00 00 00 # detail 'x'
    `);
    checkMessage(procedure(11), 'result', result, {
      status: module.virt_status.VIRT_FAILED,
      error: { code: 42, domain: 12, level: 2, message: 'no', dom: null, net: null, detail: 'x' },
    });
    checkMessage(procedure(40), 'arguments', hex('00000000'), { uri: null });
    checkMessage(procedure(40), 'arguments', hex('00000001 00000001 78000000'), { uri: 'x' });
  });
});
