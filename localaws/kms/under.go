package kms

// Under names the key and its material that a sealed data key is under, as a text that is the same for all under them; "" for what GenerateDataKey did not
// seal.
func (ks *Keys) Under(sealed []byte) string {
	b, err := parseBlob(sealed)
	if err != nil {
		return ""
	}
	return string(b.head)
}
