# Creates, reads, rotates, is denied, lists in pages and deletes, with the AWS CLI as pip installs it.
set -eu
name=client/session
sm="aws --output text secretsmanager"

value() {
	$sm get-secret-value --secret-id $name --version-stage "$1" --query SecretString
}

# refusal prints "Code: message" of a command that must fail.
refusal() {
	if "$@" >refused.txt 2>&1; then echo "it was not refused"; fi
	sed -n 's/^An error occurred (\([A-Za-z]*\)) when calling the [A-Za-z]* operation: /\1: /p' refused.txt
}

echo "created $($sm create-secret --name $name --secret-string first --query Name)"
echo "read $(value AWSCURRENT)"

$sm rotate-secret --secret-id $name --rotation-lambda-arn arn:aws:lambda:us-east-1:123456789012:function:rotate \
	--rotation-rules AutomaticallyAfterDays=30 --query Name >rotated.txt
tries=0
while [ "$(value AWSCURRENT)" = first ] && [ $tries -lt 60 ]; do tries=$((tries + 1)); done
[ "$(value AWSCURRENT)" = first ] && now=first || now=another
echo "rotated: AWSPREVIOUS is $(value AWSPREVIOUS), AWSCURRENT is $now"

i=0
while [ $i -lt 12 ]; do echo $i && i=$((i + 1)); done |
	xargs -P 4 -I {} $sm create-secret --name client/page-{} --secret-string page --query Name >pages.txt

echo "as the role: $($sm --profile reader get-secret-value --secret-id client/page-7 --query SecretString)"
echo "denied: $(refusal $sm --profile reader get-secret-value --secret-id $name)"

token=
pages=0
listed=0
while :; do
	set -- $($sm list-secrets --filters Key=name,Values=client/page- --max-results 5 ${token:+--next-token "$token"} \
		--query '[length(SecretList), NextToken]')
	listed=$((listed + $1)) pages=$((pages + 1)) token=$2
	[ "$token" != None ] || break
done
echo "listed $listed secrets on $pages pages"

$sm delete-secret --secret-id $name --query Name >deleted.txt
echo "deleted: $(refusal $sm get-secret-value --secret-id $name)"
