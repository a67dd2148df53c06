package kms

import (
	"crypto/rand"

	"aircon/localaws/op"
)

// GenerateDataKey makes a data key of 32 bytes for another service of local AWS, on behalf of the caller: it needs
// kms:GenerateDataKey with kms:ViaService = service.region.amazonaws.com. id names the key as callers name it; "" is the
// service's AWS-managed key, which is made at its first use in a transaction that writes. It returns the data key, the
// same sealed under the key, and the key's ARN. Errors are KMS's own.
func (ks *Keys) GenerateDataKey(c *op.Call, service, id string, context map[string]string) (plain, sealed []byte, arn string, err error) {
	if id == "" {
		id = "alias/aws/" + service
	}
	if id == "alias/aws/"+service {
		k, err := managed(c, c.Account, id)
		if err == nil && k == nil {
			_, err = makeManaged(c, c.Account, service)
		}
		if err != nil {
			return nil, nil, "", err
		}
	}
	k, err := reach(c, id, use{action: "GenerateDataKey", via: via(c, service), context: context})
	if err != nil {
		return nil, nil, "", err
	}
	plain = make([]byte, keySize)
	rand.Read(plain)
	sealed, err = ks.seal(c, k, plain, context)
	return plain, sealed, k.ARN, err
}

// Decrypt opens a data key that GenerateDataKey sealed. It needs kms:Decrypt with kms:ViaService.
func (ks *Keys) Decrypt(c *op.Call, service string, sealed []byte, context map[string]string) ([]byte, error) {
	k, b, err := ks.reachBlob(c, sealed, "", use{action: "Decrypt", via: via(c, service), context: context})
	if err != nil {
		return nil, err
	}
	return ks.unseal(c, k, b, context)
}

// via is the value of kms:ViaService.
func via(c *op.Call, service string) string { return service + "." + c.Region + ".amazonaws.com" }
