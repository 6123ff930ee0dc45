# esmtp, with libesmtp: it sends by BDAT, and ends with a chunk of no octets.
needs esmtp || return 0

start bdat
printf 'hostname = 127.0.0.1:%s\nstarttls = disabled\n' "$port" >esmtp.conf
chmod 600 esmtp.conf
sends esmtp -C esmtp.conf -f ann@client.test "$bob" "$carol" <mail.lf
went_by 'BDAT 0 LAST'
check 'esmtp, BDAT' mail 1 "$carol" "$bob"
