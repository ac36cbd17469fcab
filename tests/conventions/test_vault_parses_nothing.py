"""Does the process that holds the master key leave files from outside unparsed?"""

import ast

from tests.conventions.source import modules

#: The children have no master key; every other module here runs, or may run, in the vault worker.
CHILD = "renewals/vault/prover_child.py"
CHILD_OF_DOCUMENTS = "renewals/vault/document_child.py"
#: The child of letters reads what was handed in, and the certificates that should have signed it; no key.
CHILDREN_OF_LETTERS = {"renewals/vault/letter_child.py", "renewals/vault/letter_reading.py"}
VAULT_WORKER = ("renewals/vault/", "renewals/procedure/checking.py", "renewals/procedure/new_certificate.py")
#: What names the shape of facts, and reads no file.
SHAPES = {"CertificateFacts", "CertificateKind", "FileWarning", "LetterFacts", "LetterSignature"}


def imported_from_pki(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("renewals.pki")
        for alias in node.names
    } | {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.startswith("renewals.pki")
    }


def test_only_the_child_reads_files_from_outside():
    found = {
        name: sorted(readers)
        for name, tree in modules("renewals")
        if name.startswith(VAULT_WORKER)
        and name not in {CHILD, *CHILDREN_OF_LETTERS}
        and (readers := imported_from_pki(tree) - SHAPES)
    }
    assert not found


def test_the_child_is_seen_to_read_them():
    ((_, tree),) = [one for one in modules("renewals") if one[0] == CHILD]
    assert {"read_certificate", "open_pfx", "open_private_key"} <= imported_from_pki(tree)


def imports_the_pdf_library(tree: ast.Module) -> bool:
    named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return any(name.partition(".")[0] in {"pyhanko", "asn1crypto", "pypdf"} for name in named)


def test_only_children_read_pdfs_and_they_see_no_key():
    readers = {name: tree for name, tree in modules("renewals") if imports_the_pdf_library(tree)}
    assert set(readers) <= {CHILD_OF_DOCUMENTS, *CHILDREN_OF_LETTERS}
    assert CHILD_OF_DOCUMENTS in readers
    assert not imported_from_pki(readers[CHILD_OF_DOCUMENTS])


def test_the_child_of_letters_opens_no_key():
    trees = [tree for name, tree in modules("renewals") if name in CHILDREN_OF_LETTERS]
    assert len(trees) == len(CHILDREN_OF_LETTERS)
    assert not {"open_private_key", "open_pfx", "sign_detached"} & {
        name for tree in trees for name in imported_from_pki(tree)
    }


def test_nobody_but_a_child_imports_what_reads_letters():
    found = {
        name
        for name, tree in modules("renewals")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and "letter_reading" in {(node.module or "").rpartition(".")[2], *(alias.name for alias in node.names)}
    }
    assert found == {"renewals/vault/letter_child.py"}
