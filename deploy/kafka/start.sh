#!/bin/bash
# Formats the storage at the first start, with the account that makes all others, then runs the broker.
set -euo pipefail
kafka=${KAFKA_HOME:-/opt/kafka}
if [ ! -e /var/lib/kafka/data/meta.properties ]; then
  "$kafka/bin/kafka-storage.sh" format --cluster-id "$("$kafka/bin/kafka-storage.sh" random-uuid)" --config /etc/kafka/server.properties \
    --add-scram "SCRAM-SHA-512=[name=admin,password=$ADMIN_PASSWORD]"
fi
unset ADMIN_PASSWORD
exec "$kafka/bin/kafka-server-start.sh" /etc/kafka/server.properties
