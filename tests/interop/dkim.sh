# DKIM both ways: what this library signs others verify, and it verifies what they sign, for each pair of
# canonicalizations and both algorithms; and what ehlo-send signs and sends is verified as it was stored. The messages,
# and what each peer does not take, are in dkim/peer.py.

# What both peers have in common: keys, their records, the messages, and what we make of these.
make_dkim_messages() {
  local header body
  [[ ! -d dkim-mail ]] || return 0
  openssl genrsa -out dkim-rsa.pem 1024
  openssl genpkey -algorithm ed25519 -out dkim-ed25519.pem
  chmod 600 dkim-*.pem
  echo "rsa._domainkey.example.com v=DKIM1; p=$(openssl pkey -in dkim-rsa.pem -pubout -outform DER | base64 -w0)" >dkim-keys
  echo "ed25519._domainkey.example.com v=DKIM1; k=ed25519; p=$(openssl pkey -in dkim-ed25519.pem -pubout -outform DER |
    tail -c 32 | base64 -w0)" >>dkim-keys
  mkdir dkim-mail
  "$python" "$here/dkim/peer.py" messages dkim-mail ${full:+--full}
  for header in simple relaxed; do
    for body in simple relaxed; do
      mkdir -p "dkim-ours/$header-$body"
      "$binaries/ehlo-dkim-messages" sign "$header/$body" "dkim-ours/$header-$body" example.com:rsa:dkim-rsa.pem \
        example.com:ed25519:dkim-ed25519.pem -- dkim-mail/*
    done
  done
}

# signatures WHAT COUNT: every line of `signatures` says `pass`, and there are so many of them.
signatures() {
  local found bad
  found=$(wc -l <signatures)
  bad=$(grep -vc ' pass$' signatures) || true
  if ((found == $2 && bad == 0)); then
    verdict ok "$1: $found signatures"
  else
    verdict FAILED "$1: $found signatures of $2, $bad do not pass"
    grep -v ' pass$' signatures | head -n 20 | sed 's/^/    /' || true
  fi
}

test_dkim() {
  local peer="DKIM, $1" host=poll python module=sys ours
  [[ $1 != python3-dkim ]] || module=dkim,nacl
  [[ -x $binaries/ehlo-dkim-messages ]] || { skip "DKIM with $1" 'ehlo-dkim-messages is not built'; return 0; }
  is_program openssl || { skip "DKIM with $1" 'openssl, which makes the keys, is not installed'; return 0; }
  python=$(python_for "$module") || { skip "DKIM with $1" "Python and its modules $module are not installed"; return 0; }
  is_program opendkim || PATH=$PATH:/usr/sbin
  [[ $1 != opendkim ]] || in_path opendkim >reason || { skip "DKIM with $1" "$(<reason)"; return 0; }
  make_dkim_messages 2>>openssl.log
  ours=$(ls dkim-mail | wc -l)

  rm -rf dkim-theirs
  "$python" "$here/dkim/peer.py" "$1" sign dkim-mail dkim-theirs
  "$binaries/ehlo-dkim-messages" verify dkim-keys dkim-theirs/*/* >signatures
  signatures "$1 signs, we verify" "$(grep -h '^DKIM-Signature:' dkim-theirs/*/* | wc -l)"
  "$python" "$here/dkim/peer.py" "$1" verify dkim-ours/*/* >signatures
  signatures "we sign, $1 verifies" $((2 * $(ls dkim-theirs/*/* | wc -l)))

  rm -rf dkim-box
  : >server.log
  background "$binaries/ehlo-serve" --listen 127.0.0.1:0 --hostname mx.example.org --maildir dkim-box --local-domain '*'
  wait_for 5 grep -q '^listening' server.log
  "$binaries/ehlo-send" --to "$(sed -n 's/^listening on //p' server.log)" --from '' --rcpt bob@mx.example.org --quiet --tls never \
    --dkim-sign example.com:rsa:dkim-rsa.pem --dkim-sign example.com:ed25519:dkim-ed25519.pem dkim-mail/* >/dev/null
  stop_all
  "$python" "$here/dkim/peer.py" "$1" verify dkim-box/new/* >signatures
  signatures "ehlo-send --dkim-sign, $1 verifies" $((2 * ours))
}
