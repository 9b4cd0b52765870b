#!/bin/sh
# Makes what the compose file needs once: secrets/ (certificates, the user file of Redis) and .env (passwords, pepper, seal key).
# Refuses to overwrite: a lost pepper means that no new record finds its person. Needs openssl.
set -eu
cd "$(dirname "$0")"
[ ! -e .env ] && [ ! -e secrets ] || { echo ".env or secrets/ is there already: nothing is overwritten" >&2; exit 1; }
umask 077
mkdir secrets
random() { openssl rand -hex 24; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=canbao-ca -keyout secrets/ca.key -out secrets/ca.pem 2> secrets/log
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=canbao-broker -keyout secrets/broker.key -out secrets/broker.csr 2>> secrets/log
printf 'subjectAltName=DNS:kafka,DNS:localhost,IP:127.0.0.1\n' > secrets/names
openssl x509 -req -in secrets/broker.csr -CA secrets/ca.pem -CAkey secrets/ca.key -CAcreateserial -days 825 -extfile secrets/names -out secrets/broker.crt 2>> secrets/log
openssl pkcs8 -topk8 -nocrypt -in secrets/broker.key -out secrets/broker.pem
cat secrets/broker.crt secrets/ca.pem >> secrets/broker.pem
rm secrets/broker.csr secrets/broker.key secrets/broker.crt secrets/names secrets/log

{
  for role in ADMIN OPERATOR INTAKE PEOPLE DELIVER DESK CLI PAGE RE_IDENTIFICATION REPLAY CONNECT; do echo "KAFKA_${role}_PASSWORD=$(random)"; done
  for user in ADMIN DELIVER PAGE LIVE DOWNSTREAM OPERATOR; do echo "REDIS_${user}_PASSWORD=$(random)"; done
  echo "GRAFANA_ADMIN_PASSWORD=$(random)"
  echo "CANBAO_PEPPER=$(openssl rand -hex 32)"
  echo "CANBAO_SEAL_KEY=$(openssl rand -hex 32)"
  echo "CANBAO_TARGET_KEY=$(openssl rand -hex 32)"
} > .env
. ./.env
CANBAO_REDIS_ADMIN=$REDIS_ADMIN_PASSWORD CANBAO_REDIS_DELIVER=$REDIS_DELIVER_PASSWORD CANBAO_REDIS_PAGE=$REDIS_PAGE_PASSWORD \
  CANBAO_REDIS_LIVE=$REDIS_LIVE_PASSWORD \
  CANBAO_REDIS_DOWNSTREAM=$REDIS_DOWNSTREAM_PASSWORD CANBAO_REDIS_OPERATOR=$REDIS_OPERATOR_PASSWORD DIVISION="${DIVISION:-370102}" \
  ../redis/make-users.sh > secrets/users.acl
echo "kek-1:$(openssl rand -hex 32)" > secrets/vault-keys
echo "consumers: []" > secrets/live-tokens.yaml # `canbao target token` makes the entries; in it are digests of random tokens
mkdir -p anchors
chmod 755 secrets
chmod 644 secrets/ca.pem secrets/users.acl secrets/live-tokens.yaml # no secrets in them: a certificate, and hashes of random passwords
# canbao runs as user 10001: it reads the vault's keys and writes the anchors
[ "$(id -u)" != 0 ] || chown 10001 secrets/vault-keys anchors
[ "$(id -u)" = 0 ] || echo "give secrets/vault-keys and anchors/ to user 10001: sudo chown 10001 secrets/vault-keys anchors" >&2
# the broker runs as user 1000 of its image and must read its key through the mount; nobody else may
[ "$(id -u)" != 0 ] || chown 1000 secrets/broker.pem
[ "$(id -u)" = 0 ] || [ "$(id -u)" = 1000 ] || echo "give secrets/broker.pem to user 1000: sudo chown 1000 secrets/broker.pem" >&2
echo "made .env and secrets/: back both up apart from the data, above all CANBAO_PEPPER, CANBAO_SEAL_KEY and secrets/vault-keys"
