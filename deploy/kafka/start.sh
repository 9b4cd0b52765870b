#!/bin/bash
# Formats the storage at the first start, with the account that makes all others, then runs the broker.
set -euo pipefail
kafka=${KAFKA_HOME:-/opt/kafka}
properties=${KAFKA_PROPERTIES:-/etc/kafka/server.properties}
data=$(sed -n 's/^log.dirs=//p' "$properties")

# After a kill the controller runs alone until it has ended the broker's earlier incarnation, as a controller of its own would have meanwhile:
# a broker that starts as its own predecessor can drop the markers of transactions (docs/decisions/0006-markers-of-a-fenced-broker.md).
# It says so before that is on the disk: it is once the metadata's log, which grows twice a second, grew twice.
fence() {
  local folder=${TMPDIR:-/tmp} tries size='' before='' grew=0
  sed -e '/^advertised.listeners=/d' -e '/^inter.broker.listener.name=/d' -e 's/^process.roles=.*/process.roles=controller/' \
    -e 's/^listeners=.*\(CONTROLLER:[^,]*\).*/listeners=\1/' -e '/^broker.session.timeout.ms=/d' "$properties" > "$folder/controller.properties"
  echo 'broker.session.timeout.ms=3000' >> "$folder/controller.properties"
  echo "the broker was killed: its controller ends that incarnation first"
  "$kafka/bin/kafka-server-start.sh" "$folder/controller.properties" > "$folder/controller.log" 2>&1 &
  for ((tries = 0; tries < ${FENCED_SECONDS:-60} && grew < 2; tries++)); do
    if grep -q 'because its session has timed out' "$folder/controller.log"; then
      size=$(cat "$data"/__cluster_metadata-0/*.log | wc -c)
      [ "$size" = "${before:-$size}" ] || grew=$((grew + 1))
      before=$size
    fi
    kill -0 $! 2> /dev/null || { cat "$folder/controller.log"; exit 1; }
    sleep 1
  done
  kill $!
  wait $! || true
}

if [ ! -e "$data/meta.properties" ]; then
  "$kafka/bin/kafka-storage.sh" format --cluster-id "$("$kafka/bin/kafka-storage.sh" random-uuid)" --config "$properties" \
    --add-scram "SCRAM-SHA-512=[name=admin,password=$ADMIN_PASSWORD]"
elif [ ! -e "$data/.kafka_cleanshutdown" ]; then
  fence
fi
unset ADMIN_PASSWORD
exec "$kafka/bin/kafka-server-start.sh" "$properties"
