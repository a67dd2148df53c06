package iam

import "testing"

func TestAccountAlias(t *testing.T) {
	w := newWorld(t)
	w.do("CreateAccountAlias", members{"AccountAlias": "data"})
	w.refused("CreateAccountAlias", members{"AccountAlias": "data"}, "EntityAlreadyExists: The account alias data already exists.")
	w.account = "222222222222"
	w.refused("CreateAccountAlias", members{"AccountAlias": "data"}, "EntityAlreadyExists: The account alias data already exists.")
	w.refused("DeleteAccountAlias", members{"AccountAlias": "data"}, "NoSuchEntity: The account alias data does not exist.")
	w.account = testAccount
	w.do("CreateAccountAlias", members{"AccountAlias": "platform"})
	if got := w.do("ListAccountAliases", members{}); at(got, "AccountAliases.0") != "platform" || at(got, "AccountAliases.1") != nil || at(got, "IsTruncated") != false {
		t.Errorf("aliases %v", got)
	}
	w.account = "222222222222"
	w.do("CreateAccountAlias", members{"AccountAlias": "data"})
	w.do("DeleteAccountAlias", members{"AccountAlias": "data"})
	if got := w.do("ListAccountAliases", members{}); at(got, "AccountAliases.0") != nil {
		t.Errorf("aliases of the other account %v", got)
	}
}

func TestGetAccountSummary(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	w.do("CreateGroup", members{"GroupName": "data"})
	w.do("CreateRole", members{"RoleName": "mwaa", "AssumeRolePolicyDocument": trustEC2})
	w.do("CreateInstanceProfile", members{"InstanceProfileName": "mwaa"})
	w.do("CreatePolicy", members{"PolicyName": "read", "PolicyDocument": readOne})
	w.do("CreatePolicyVersion", members{"PolicyArn": ownPolicy + "read", "PolicyDocument": readOne})
	got := w.do("GetAccountSummary", members{})
	for name, want := range map[string]float64{
		"Users": 1, "Groups": 1, "Roles": 1, "InstanceProfiles": 1, "Policies": 1, "PolicyVersionsInUse": 2, "UsersQuota": 5000, "RolesQuota": 1000,
		"GroupsQuota": 300, "PoliciesQuota": 1500, "PolicySizeQuota": 6144, "AssumeRolePolicySizeQuota": 2048, "MFADevices": 0, "AccountAccessKeysPresent": 0,
	} {
		if v := at(got, "SummaryMap."+name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}

// TestQuotas fills an account with groups, of which it may have the fewest.
func TestQuotas(t *testing.T) {
	w := newWorld(t)
	for i := range groups.most {
		w.do("CreateGroup", members{"GroupName": newID("g", 20), "Path": []string{"/", "/team/"}[i%2]})
	}
	w.refused("CreateGroup", members{"GroupName": "more"}, "LimitExceeded: Cannot exceed quota for GroupsPerAccount: 300")
	w.account = "222222222222"
	w.do("CreateGroup", members{"GroupName": "more"})
}
