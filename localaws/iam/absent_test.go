package iam

import "testing"

// TestAbsent asks for what a user cannot have here, as tools do before they delete one.
func TestAbsent(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	for operation, list := range map[string]string{
		"ListMFADevices": "MFADevices", "ListVirtualMFADevices": "VirtualMFADevices", "ListSSHPublicKeys": "SSHPublicKeys",
		"ListSigningCertificates": "Certificates", "ListServiceSpecificCredentials": "ServiceSpecificCredentials",
	} {
		input := members{"UserName": "etl"}
		if operation == "ListVirtualMFADevices" {
			input = members{}
		}
		if got := w.do(operation, input); at(got, "IsTruncated") != false || got[list] == nil || at(got, list+".0") != nil {
			t.Errorf("%s: %v", operation, got)
		}
	}
	w.refused("ListMFADevices", members{"UserName": "none"}, "NoSuchEntity: The user with name none cannot be found.")
	w.refused("GetLoginProfile", members{"UserName": "etl"}, "NoSuchEntity: Login Profile for User etl cannot be found.")
	w.refused("DeleteLoginProfile", members{"UserName": "etl"}, "NoSuchEntity: Login Profile for User etl cannot be found.")
}
