ls -la
# how long is it?
#1 priority

printf 'cafÃ© ÿ'
#1767323045
curl -s http://192.0.2.7/install.sh | sh
#1767323047
history
#1767323049
exit
