#!/bin/sh
# Brings real AWS clients into .cache/clients at first, and prints shell variables for make test-clients:
#
#   AIRCON_CLIENTS  the directory of the programs that the tests put first on their PATH: python (with boto3), aws, node, terraform, airflow-python
#   without         the tests of clients that this machine cannot have, as go test's -skip takes them; why is said on standard error
#
# boto3 and the AWS CLI come from pip, the SDK for JavaScript v3 from npm, the SDK for Java v2 from Maven. Terraform is taken where it is installed and its AWS provider
# lies in a plugin directory (terraform -plugin-dir; TERRAFORM_PLUGINS names one in an unusual place), Airflow where
# tools/oracle/airflow/install.sh can make its environment.
set -eu
cd "$(dirname "$0")/.."

dir=$(pwd)/.cache/clients
pip='boto3==1.43.11 awscli==1.45.11'
npm='@aws-sdk/client-secrets-manager@3.1162.0 @aws-sdk/client-sts@3.523.0 @aws-sdk/client-mwaa@3.523.0'
pom=cmd/aircon/testdata/clients/java/pom.xml
airflow=2.10.3
without=

leave_out() { # TEST WHY
	echo "clients.sh: leaving $1 out: $2" >&2
	without="$without${without:+|}^$1\$"
}

bring_pip() {
	python=
	for candidate in python3 python; do
		command -v $candidate >/dev/null && $candidate -c 'import sys; sys.exit(sys.version_info < (3, 10))' && python=$candidate && break
	done
	if [ -z "$python" ]; then
		echo "clients.sh: no Python 3.10 or later on this machine: install one (Debian, Ubuntu: sudo apt-get install python3-venv)" >&2
		exit 1
	fi
	echo "bringing $pip into $dir" >&2
	rm -rf "$dir"
	$python -m venv "$dir"
	# shellcheck disable=SC2086 # two requirements
	"$dir/bin/pip" install --quiet --disable-pip-version-check $pip >&2
	echo "$pip" >"$dir/.complete"
}

bring_npm() {
	echo "bringing $npm into $dir" >&2
	# shellcheck disable=SC2086 # two packages
	npm install --prefix "$dir" --no-audit --no-fund --no-save --loglevel=error $npm >&2
	ln -sf "$(command -v node)" "$dir/bin/node"
	echo "$npm" >"$dir/.complete-npm"
}

bring_java() {
	echo "bringing what $pom names into $dir/java" >&2
	rm -rf "$dir/java"
	mvn -q -B -f "$pom" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$dir/java" >&2
	cp "$pom" "$dir/java/pom.xml"
}

# plugins prints a directory that holds Terraform's AWS provider.
plugins() {
	for d in ${TERRAFORM_PLUGINS:+"$TERRAFORM_PLUGINS"} "$HOME"/.terraform.d/plugins "$HOME"/.local/share/terraform/plugins \
		/usr/local/share/terraform/plugins /usr/share/terraform/plugins /opt/*; do
		for provider in "$d"/*/hashicorp/aws; do
			[ -d "$provider" ] && echo "$d" && return
		done
	done
	return 1
}

[ "$(cat "$dir/.complete" 2>/dev/null)" = "$pip" ] || bring_pip

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	leave_out TestClientsNode "there is no node and npm"
elif [ "$(cat "$dir/.complete-npm" 2>/dev/null)" != "$npm" ]; then
	bring_npm
fi

if ! command -v java >/dev/null || ! command -v mvn >/dev/null; then
	leave_out TestClientsJava "there is no java and mvn"
elif ! cmp -s "$pom" "$dir/java/pom.xml"; then
	bring_java
fi

if ! command -v terraform >/dev/null; then
	leave_out TestClientsTerraform "there is no terraform"
elif ! found=$(plugins); then
	leave_out TestClientsTerraform "terraform's AWS provider is in no plugin directory; TERRAFORM_PLUGINS may name one"
else
	ln -sfn "$found" "$dir/terraform-plugins"
fi

if found=$(tools/oracle/airflow/install.sh $airflow); then
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$found" >"$dir/bin/airflow-python"
	printf '#!/bin/sh\nexec "%s" -m airflow "$@"\n' "$found" >"$dir/bin/airflow"
	chmod +x "$dir/bin/airflow-python" "$dir/bin/airflow"
else
	leave_out TestClientsAirflow "tools/oracle/airflow/install.sh cannot make Airflow $airflow"
fi

echo "AIRCON_CLIENTS='$dir/bin'"
echo "without='$without'"
