package kms

import (
	"crypto/rand"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

// GenerateDataKey makes a data key of 32 bytes for another service of local AWS, on behalf of the caller: it needs
// kms:GenerateDataKey with kms:ViaService = service.region.amazonaws.com. id names the key as callers name it; "" is the
// service's AWS-managed key, which is made at its first use in a transaction that writes. The encryption context is in the order
// of its keys. It returns the data key, and
// the same sealed under the key. Errors are KMS's own.
func (ks *Keys) GenerateDataKey(c *op.Call, service, id string, context []policy.Tag) (plain, sealed []byte, err error) {
	k, err := generating(c, service, id, context)
	if err != nil {
		return nil, nil, err
	}
	plain = make([]byte, keySize)
	rand.Read(plain)
	sealed, err = ks.seal(c, k, plain, context)
	return plain, sealed, err
}

// AllowGenerate answers the error that GenerateDataKey would answer, but makes no data key: for who has one already. Under names the key and
// the material that it would be sealed under.
func (ks *Keys) AllowGenerate(c *op.Call, service, id string, context []policy.Tag) (under string, err error) {
	k, err := generating(c, service, id, context)
	if err != nil {
		return "", err
	}
	return k.ARN + "\x00" + k.newest().ID, nil
}

// generating finds the key that a data key is to be made under, and asks whether the caller may.
func generating(c *op.Call, service, id string, context []policy.Tag) (*key, error) {
	if id == "" {
		id = "alias/aws/" + service
	}
	if id == "alias/aws/"+service {
		if err := ensureManaged(c, service); err != nil {
			return nil, err
		}
	}
	k, n, err := reach(c, id, use{action: "GenerateDataKey", via: via(c, service), context: context, keys: withSymmetric})
	if err == nil {
		err = allow(c, k, n)
	}
	return k, err
}

// Decrypt opens a data key that GenerateDataKey sealed. It needs kms:Decrypt with kms:ViaService.
func (ks *Keys) Decrypt(c *op.Call, service string, sealed []byte, context []policy.Tag) ([]byte, error) {
	k, b, n, err := reachBlob(c, sealed, "", onBehalf(c, service, context))
	if err == nil {
		err = allow(c, k, n)
	}
	if err != nil {
		return nil, err
	}
	return ks.unseal(c, k, b, context)
}

// Allow answers the error that Decrypt would answer, but does not open the data key: for who has it open already and must
// know, at each use, whether the caller may use the key and the key can be used.
func (ks *Keys) Allow(c *op.Call, service string, sealed []byte, context []policy.Tag) error {
	k, _, n, err := reachBlob(c, sealed, "", onBehalf(c, service, context))
	if err != nil {
		return err
	}
	return allow(c, k, n)
}

// withSymmetric is made once, as it is asked for with every secret that is read or written.
var withSymmetric = withAlgorithm(symmetric)

// onBehalf is the use of a key by a service that decrypts for its caller.
func onBehalf(c *op.Call, service string, context []policy.Tag) use {
	return use{action: "Decrypt", via: via(c, service), context: context, keys: withSymmetric}
}

// allow asks whether the caller may use a key, and whether the key can be used.
func allow(c *op.Call, k *key, n op.Need) error {
	if err := c.Authorize(n); err != nil {
		return err
	}
	return k.symmetricOnly(strings.TrimPrefix(n.Action, "kms:"))
}

// via is the value of kms:ViaService: the service's host name in the caller's partition.
//
// Source: the KMS developer guide, "kms:ViaService".
func via(c *op.Call, service string) string {
	host := service + "." + c.Region + ".amazonaws.com"
	if c.Partition == "aws-cn" {
		host += ".cn"
	}
	return host
}
