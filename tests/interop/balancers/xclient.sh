# XCLIENT: what a mail filter, or Postfix, or Nginx says of its client. Here swaks says it.
missing() { :; }

stand_before_it() {
  backend trusting --xclient-from 127.0.0.9
  sends "${swaks[@]}" --server 127.0.0.1:"$port" --xclient-addr 203.0.113.9 --xclient-name client.test
  holds 1 203.0.113.9 mail.swaks trusting
  judge 'the address that was told'

  # To whoever may not, it is not offered, and whoever says it nevertheless is refused.
  backend other --xclient-from 127.0.0.8
  sends "${swaks[@]}" --server 127.0.0.1:"$port" --xclient-addr 203.0.113.9
  grep -q 'did not advertise XCLIENT' client.log || wrong 'offered'
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf '%s\r\n' 'EHLO client.test' 'XCLIENT ADDR=203.0.113.9' QUIT >&3
  timeout 5 cat <&3 | grep -q '^5' || wrong 'not refused'
  (($(count_in other) == 0)) || wrong 'it is stored'
  judge 'refused from others'
}
