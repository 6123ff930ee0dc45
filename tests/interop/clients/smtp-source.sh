# 200 messages over 20 connections at once; the text is smtp-source's own, so they are only counted.
needs smtp-source || return 0

start
sends smtp-source -s 20 -m 200 -l 5000 -f ann@client.test -t "$bob" 127.0.0.1:"$port"
stop_all
if (($(find box/new -type f -size +5000c | wc -l) == 200)); then
  verdict ok 'smtp-source, 200 messages'
else
  verdict FAILED 'smtp-source, 200 messages'
fi
