export * from './credential.ts';
export * from './des.ts';
export * from './flavors.ts';
export * from './gluster.ts';
export * from './gss.ts';
export * from './gssapi.ts';
export * as rpcsecGss from './rpcsec_gss.gen.ts';
export * from './sys.ts';
export * from './tls.ts';
