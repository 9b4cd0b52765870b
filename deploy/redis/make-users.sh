#!/bin/sh
# Writes the ACL file of a Redis or Valkey server to standard output: users.acl.template with the hashes of the passwords.
#   CANBAO_REDIS_ADMIN=… CANBAO_REDIS_DELIVER=… CANBAO_REDIS_PAGE=… CANBAO_REDIS_LIVE=… CANBAO_REDIS_DOWNSTREAM=… CANBAO_REDIS_OPERATOR=… \
#     DIVISION=370102 deploy/redis/make-users.sh > users.acl
# No password is written, only its SHA-256. A further consumer is a further line like canbao-downstream, with the stream of its division.
set -eu
hash_of() { # name: the SHA-256 of the variable CANBAO_REDIS_<name>, refused where it is short
  eval "password=\${CANBAO_REDIS_$1:?is not set}"
  [ "${#password}" -ge 16 ] || { echo "CANBAO_REDIS_$1 needs at least 16 characters" >&2; exit 1; }
  printf %s "$password" | sha256sum | cut -d ' ' -f 1
}
admin=$(hash_of ADMIN)
deliver=$(hash_of DELIVER)
page=$(hash_of PAGE)
live=$(hash_of LIVE)
downstream=$(hash_of DOWNSTREAM)
operator=$(hash_of OPERATOR)
sed -e "s/@ADMIN@/$admin/" -e "s/@DELIVER@/$deliver/" -e "s/@PAGE@/$page/" -e "s/@LIVE@/$live/" -e "s/@DOWNSTREAM@/$downstream/" -e "s/@OPERATOR@/$operator/" \
  -e "s/@DIVISION@/${DIVISION:?is not set}/" "$(dirname "$0")/users.acl.template"
