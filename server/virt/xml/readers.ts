/**
 * Text → definitions, checked all the way. sax and zod are loaded here, once for whoever asks.
 */
import { loadZod } from '../../../codec/xdr/index.ts';
import { type DomainDefinition, domainReader } from './domain.ts';
import { type NetworkDefinition, networkReader } from './network.ts';
import { loadXmlParser, type XmlParser } from './parse.ts';

/** Each throws DriverError XML. */
export interface XmlReaders {
  readonly parse: XmlParser;
  domain(text: string): DomainDefinition;
  network(text: string): NetworkDefinition;
}

export async function loadXmlReaders(): Promise<XmlReaders> {
  const [parse, z] = await Promise.all([loadXmlParser(), loadZod()]);
  const readDomain = domainReader(z);
  const readNetwork = networkReader(z);
  return {
    parse,
    domain: (text) => readDomain(parse(text)),
    network: (text) => readNetwork(parse(text)),
  };
}
