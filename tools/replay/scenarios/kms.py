"""The recorded scenarios of KMS, each with keys of its own."""

SYMMETRIC = {}
RSA_SIGN = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}
HMAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}


def key(play, kind=SYMMETRIC):
    """Makes a key and returns its id."""
    return play.aws.kms.create_key(**kind)["KeyMetadata"]["KeyId"]


def tags(numbers, value="value"):
    return [{"TagKey": f"tag{n}", "TagValue": f"{value}{n}"} for n in numbers]


def test_create_key_with_too_many_tags_raises_error(play):
    play.step("invalid-tag-key", play.aws.kms.create_key, Tags=tags(range(51)))


def test_encrypt_decrypt_encryption_context(play):
    kms, context = play.aws.kms, {"context-key": "context-value"}
    sealed = play.step("encrypt_response", kms.encrypt, KeyId=key(play), Plaintext=b"plaintext", EncryptionContext=context)[
        "CiphertextBlob"
    ]
    play.step("decrypt_response_with_encryption_context", kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context)
    play.step("decrypt_response_without_encryption_context", kms.decrypt, CiphertextBlob=sealed)
    play.step("decrypt_response_with_invalid_ciphertext", kms.decrypt, CiphertextBlob=sealed[:-1], EncryptionContext=context)


def test_encryption_context_generate_data_key_pair(play):
    pair = play.aws.kms.generate_data_key_pair(KeyId=key(play), KeyPairSpec="RSA_2048", EncryptionContext={"a": "b"})
    play.step("decrypt-without-encryption-context", play.aws.kms.decrypt, CiphertextBlob=pair["PrivateKeyCiphertextBlob"])


def test_encryption_context_generate_data_key_without_plaintext(play):
    sealed = play.aws.kms.generate_data_key_without_plaintext(KeyId=key(play), KeySpec="AES_256", EncryptionContext={"a": "b"})
    play.step("decrypt-without-encryption-context", play.aws.kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])


def test_error_messaging_for_invalid_keys(play):
    """A key that is not for the operation. Messages name the ARN of the key: it is another in each answer, so each is compared afresh."""
    kms = play.aws.kms
    symmetric, other, sign, mac = key(play), key(play), key(play, RSA_SIGN), key(play, HMAC)
    sealed = kms.encrypt(KeyId=symmetric, Plaintext=b"x")["CiphertextBlob"]
    rsa = {"SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    for step, call, arguments in (
        ("generate-mac-invalid-key-id", kms.generate_mac, {"KeyId": symmetric, "Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}),
        ("sign-invalid-key-id", kms.sign, {"KeyId": mac, "Message": b"x"} | rsa),
        ("verify-invalid-key-id", kms.verify, {"KeyId": symmetric, "Message": b"x", "Signature": b"x"} | rsa),
        ("encrypt-invalid-key-id", kms.encrypt, {"KeyId": sign, "Plaintext": b"x"}),
        ("decrypt-invalid-key-id", kms.decrypt, {"KeyId": other, "CiphertextBlob": sealed}),
    ):
        play.bound.pop("<key-arn>", None)
        play.step(step, call, **arguments)


def test_generate_data_key_pair(play):
    play.step("generate-data-key-pair", play.aws.kms.generate_data_key_pair, KeyId=key(play), KeyPairSpec="RSA_2048")


def test_generate_data_key_pair_without_plaintext_dry_run(play):
    call = play.aws.kms.generate_data_key_pair_without_plaintext
    play.step("dryrun_exception", call, KeyId=key(play), KeyPairSpec="RSA_2048", DryRun=True)


def test_generate_data_key_without_plaintext(play):
    call = play.aws.kms.generate_data_key_without_plaintext
    play.step("generate-data-key-without-plaintext", call, KeyId=key(play), KeySpec="AES_256")


def test_key_enable_rotation_status(play):
    kms, id = play.aws.kms, key(play)
    kms.enable_key_rotation(KeyId=id, RotationPeriodInDays=int(play.parameter))
    play.step("match_response", kms.get_key_rotation_status, KeyId=id)


def test_key_with_long_tag_value_raises_error(play):
    play.step("too-long-tag-value", play.aws.kms.create_key, Tags=[{"TagKey": "tag1", "TagValue": "v" * 257}])


def test_plaintext_size_for_encrypt(play):
    play.step("invalid-plaintext-size-encrypt", play.aws.kms.encrypt, KeyId=key(play), Plaintext=b"x" * 4097)


def test_re_encrypt(play):
    kms, source, destination = play.aws.kms, key(play), key(play)
    sealed = kms.encrypt(KeyId=source, Plaintext=b"x")["CiphertextBlob"]
    play.step("test_re_encrypt", kms.re_encrypt, CiphertextBlob=sealed, SourceKeyId=source, DestinationKeyId=destination)


def test_tag_existing_key_and_untag(play):
    kms, id = play.aws.kms, key(play)
    kms.tag_resource(KeyId=id, Tags=tags((1, 2)))
    play.step("list-resource-tags", kms.list_resource_tags, KeyId=id, member="Tags")
    kms.untag_resource(KeyId=id, TagKeys=["tag1", "tag2"])
    play.step("list-resource-tags-after-all-untagged", kms.list_resource_tags, KeyId=id, member="Tags")


def test_tag_key_with_duplicate_tag_keys_raises_error(play):
    play.step("duplicate-tag-keys", play.aws.kms.tag_resource, KeyId=key(play), Tags=tags((1, 1)))


def test_update_and_add_tags_on_tagged_key(play):
    kms, id = play.aws.kms, key(play)
    kms.tag_resource(KeyId=id, Tags=tags((1, 2, 3)))
    play.step("list-resource-tags", kms.list_resource_tags, KeyId=id, member="Tags")
    kms.tag_resource(KeyId=id, Tags=tags((4, 5)) + tags((2,), "updated_value"))
    play.step("list-resource-tags-after-tags-updated", kms.list_resource_tags, KeyId=id, member="Tags")
