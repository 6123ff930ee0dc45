# Many messages over 20 connections at once; the text is smtp-source's own, so they are only counted.
needs smtp-source || return 0

messages=$(meets_everything && echo 200 || echo 40)
start many && sends smtp-source -s 20 -m "$messages" -l 5000 -f ann@client.test -t "$bob" 127.0.0.1:"$port"
if [[ -n $tried ]]; then
  stop_all
  arrived=$(stored_messages | xargs -r -n 1 stat -c %s | awk '$1 > 5000' | wc -l)
  verdict "$( ((arrived == messages)) && echo ok || echo FAILED)" \
    "${server_of[$host]}: smtp-source, $arrived of $messages messages"
fi
