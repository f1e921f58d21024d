"""The sample, which is not changed, as a study of the user's own."""

from __future__ import annotations

from pathlib import Path

from geo.study.model import Study
from geo.workspace.edit import copy_study
from geo.workspace.folder import list_studies, new_study_folder, studies_folder
from layers.words.catalogue import Words

__all__ = ["own_copy"]


def own_copy(study: Study, words: Words) -> Path:
    """Copy a study into the folder of studies, under its title or the next free name.

    Raises
    ------
    StudyError, OutputError
        As in `geo.workspace.edit.copy_study`.
    """
    title = words.text(study.study.name)
    taken = list_studies(studies_folder())
    name, number = title, 2
    while name in taken:
        name, number = f"{title} {number}", number + 1
    folder = new_study_folder(studies_folder(), name)
    copy_study(Path(study.folder), folder, name=folder.name)
    return folder
