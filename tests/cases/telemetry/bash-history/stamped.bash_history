#1767323045
id
#1767323046
for host in web1 web2; do
  ssh deploy@$host 'uptime'

done
#1767323050
#1767323051
# a note to myself
#1767323060
cat <<EOF > /tmp/notes
#12345
EOF
