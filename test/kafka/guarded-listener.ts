import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const HOST = '127.0.0.1';
const STORE_PASSWORD = 'postamt-test';
const USER = { username: 'relay', password: 'relay-secret' };

/** Where a node of Kafka asks for TLS and a login, and what is needed to get in. */
export interface GuardedListener {
  readonly address: string;
  /** PEM of the certificate to trust. */
  readonly ca: string;
  readonly user: { readonly username: string; readonly password: string };
}

/**
 * Settings for three listeners: open to all, for controllers, and one with TLS and SASL/PLAIN, with a certificate that is
 * made in the folder. Who comes by the open one may do everything, the user what no rule forbids.
 */
export function guardListeners(
  folder: string,
  ports: { readonly open: number; controller: number; guarded: number },
): { readonly guarded: GuardedListener; readonly properties: object } {
  const store = join(folder, 'broker.p12');
  const open = `PLAINTEXT://${HOST}:${ports.open}`;
  const guarded = `SASL_SSL://${HOST}:${ports.guarded}`;
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule';
  return {
    guarded: {
      address: `${HOST}:${ports.guarded}`,
      ca: makeCertificate(store),
      user: USER,
    },
    properties: {
      listeners: `${open},${guarded},CONTROLLER://${HOST}:${ports.controller}`,
      'advertised.listeners': `${open},${guarded}`,
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
      'inter.broker.listener.name': 'PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login} required user_${USER.username}="${USER.password}";`,
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': store,
      'ssl.keystore.password': STORE_PASSWORD,
      'authorizer.class.name':
        'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'allow.everyone.if.no.acl.found': true,
    },
  };
}

function makeCertificate(store: string): string {
  const there = ['-alias', 'broker', '-keystore', store];
  const secret = ['-storepass', STORE_PASSWORD];
  const kind = '-storetype PKCS12 -keyalg RSA -keysize 2048 -validity 2';
  const subject = `-dname CN=broker -ext san=ip:${HOST}`;
  const made = `${kind} ${subject}`.split(' ');
  keytool(['-genkeypair', ...there, ...secret, ...made]);
  return keytool(['-exportcert', '-rfc', ...there, ...secret]);
}

/** It comes with Java. */
function keytool(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('keytool', args, {
    encoding: 'utf8',
  });
  if (status === 0) return stdout;
  throw new Error(`keytool: ${stdout}${stderr}`);
}
