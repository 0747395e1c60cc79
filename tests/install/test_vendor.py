"""The book says of which packages it carries files, in which version and under which licence."""

import vendor


def test_the_page_lists_what_the_lock_and_the_folders_hold():
    assert vendor.PAGE.read_text("utf-8") == vendor.page(), "make vendor writes the page"


def test_every_folder_of_others_files_holds_a_licence_and_is_on_the_page():
    root, text = vendor.javascript.ROOT, vendor.PAGE.read_text("utf-8")
    folders = [
        folder for part in ("lib", "assets", "_ext") for folder in (root / part).rglob("vendor")
    ]
    assert len(folders) == 3
    for folder in folders:
        licences = list(folder.rglob("LICENSE*"))
        assert licences
        for licence in licences:
            assert f"`{licence.parent.relative_to(root)}`" in text
