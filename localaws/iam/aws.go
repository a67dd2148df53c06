package iam

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base32"
	"encoding/json"
	"path"
	"strings"
	"time"

	"aircon/policy"
)

// awsAccount stands in the ARNs of AWS's own managed policies in the place of an account.
const awsAccount = "aws"

//go:embed managed/*.json
var managedFiles embed.FS

// ofAWS holds AWS's managed policies by ARN: those that matter to the chain from Airflow to a secret, as AWS publishes them
// (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html). Every account can attach them.
var ofAWS = readManaged()

func readManaged() map[string]*managed {
	all := make(map[string]*managed)
	files, err := managedFiles.ReadDir("managed")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		text, err := managedFiles.ReadFile("managed/" + f.Name())
		if err != nil {
			panic(err)
		}
		var read struct {
			ID, Path, Version string
			Created, Updated  time.Time
			Document          json.RawMessage
		}
		if err := json.Unmarshal(text, &read); err != nil {
			panic(f.Name() + ": " + err.Error())
		}
		if _, err := policy.Parse(read.Document); err != nil {
			panic(f.Name() + ": " + err.Error())
		}
		name := strings.TrimSuffix(path.Base(f.Name()), ".json")
		var document bytes.Buffer // set as AWS sets it, so that the simulators' positions are right
		if err := json.Indent(&document, read.Document, "", "  "); err != nil {
			panic(f.Name() + ": " + err.Error())
		}
		at := cmp.Or(read.Path, "/")
		p := &managed{
			Account: awsAccount, Name: name, Path: at, ID: cmp.Or(read.ID, lastingID(name)), ARN: "arn:aws:iam::aws:policy" + at + name,
			Created: read.Created, Updated: read.Updated, Default: read.Version,
			Versions: []version{{read.Version, document.String(), read.Updated}},
		}
		all[p.ARN] = p
	}
	return all
}

// lastingID is the id of a policy of AWS whose own is not known: always the same one.
func lastingID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}
