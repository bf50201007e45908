"""The page of a bulk decision: its progress, and which records were skipped and why."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from connect.desk.bulk import BulkDecision
from connect.desk.record_page import DONE
from connect.desk.rights import check


@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    check(request, "view")
    work = get_object_or_404(BulkDecision.objects.defer("ids").select_related("staff", "content_type"), pk=pk)
    model: Any = work.content_type.model_class()
    meta = model._meta
    context = {
        **admin.site.each_context(request),
        "title": f"{DONE[work.decision]}: {work.total:,} {meta.verbose_name_plural}",
        "work": work,
        "word": DONE[work.decision],
        "noun": model.shape.noun,
        "left": [(why, count, ids) for why, (count, ids) in work.skipped.items()],
        "list": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"),
    }
    return TemplateResponse(request, "connect/desk/bulk.html", context)
